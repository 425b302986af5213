// The steps after the approval: the statement of cost to confirm, and the contract to sign.
"use strict";

(() => {
  const { at, made, doing, sendCode, take, after, show, done, DRAW } = page;
  const mine = bank.ofSession;
  const costReading = reading(at("cost-text"), at("cost-reading"));
  const contractReading = reading(at("contract-text"), at("contract-reading"));
  let cost = null;
  let contract = null;

  // --- Cost ----------------------------------------------------------------------------------
  async function drawCost() {
    costReading.stop();
    at("cost").hidden = true;
    at("cost-text").hidden = true;
    at("cost-done").hidden = true;
    const step = page.step("COST");
    at("cost-lacks").textContent = step.lacks.join("；");
    if (step.lacks.length) return;
    cost = await mine("GET", "cost");
    at("cost-text").hidden = false;
    at("cost-text").replaceChildren(...costLines());
    at("cost-done").hidden = !cost.confirmed_at;
    if (!cost.confirmed_at) await costReading.begin(cost.read_seconds, () => (at("cost").hidden = false));
  }

  function* costLines() {
    const terms = made("div", "facts");
    terms.append(...cost.terms.map((each) => made("p", "", each)));
    yield terms;
    yield made("p", "sum", `年化综合融资成本：${cost.annualised_cost}%（单利）`);
    yield made("h2", "", "一、正常履约息费");
    yield* cost.items.map(costLine);
    yield made("h2", "", "二、或有费用（仅在发生相应情形时收取，不计入年化综合融资成本）");
    yield* cost.contingent_items.map(costLine);
    yield made("p", "", "除表列项目外，不收取其他息费。");
  }

  function costLine(item) {
    const line = made("div", "cost-line");
    line.append(made("strong", "", item.name), made("span", "amount", item.amount ? `${item.amount} 元` : ""));
    line.append(made("p", "", `${item.rate} · ${item.method} · 收取方：${item.collected_by}`));
    return line;
  }

  at("send-cost-code").addEventListener("click", () =>
    doing(() => sendCode(at("send-cost-code"), () => mine("POST", "cost/code", { sha256: cost.sha256 }))),
  );
  at("cost").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      take(await mine("POST", "cost", { sha256: cost.sha256, code: at("cost-code").value.trim() }));
      event.target.reset();
      await after("COST");
    });
  });

  // --- Contract ------------------------------------------------------------------------------
  const PARTS = ["contract", "contract-text", "contract-papers", "contract-done", "contract-refusal"];

  async function drawContract() {
    contractReading.stop();
    for (const part of PARTS) at(part).hidden = true;
    const step = page.step("CONTRACT");
    at("contract-lacks").textContent = step.lacks.join("；");
    if (step.lacks.length) return;
    contract = await mine("GET", "contract");
    at("contract-text").hidden = false;
    at("contract-text").replaceChildren(...contract.papers.flatMap(paperText));
    at("contract-papers").hidden = false;
    at("contract-papers").replaceChildren(...contract.papers.map(paperFile));
    at("contract-done").hidden = !contract.is_signed;
    if (contract.is_signed) return;
    if (!contract.is_open) {
      at("contract-lacks").textContent = contract.refused_because
        ? `您已拒签：${contract.refused_because}。如需继续，请联系您的客户经理。`
        : "合同暂未开放在线签署，您可先阅读，并请等候客户经理发起。";
      return;
    }
    at("contract-role").textContent = `您以${contract.role_label}身份签署，合同编号 ${contract.contract_no}`;
    at("contract-refusal").hidden = false;
    await contractReading.begin(contract.read_seconds, () => (at("contract").hidden = false));
  }

  function paperText(paper) {
    const [, ...lines] = paper.text.split("\n");
    return [made("h2", "", paper.title), made("div", "words", lines.join("\n"))];
  }

  function paperFile(paper) {
    const line = made("li", "");
    const button = made("button", "", "打开 PDF");
    button.type = "button";
    button.setAttribute("aria-label", `打开${paper.title} PDF`);
    button.addEventListener("click", () => doing(() => openFile(paper)));
    line.append(made("span", "what", paper.title), button);
    return line;
  }

  async function openFile(paper) {
    const url = URL.createObjectURL(await bank.file(`contract/papers/${paper.id}`));
    const link = made("a", "");
    Object.assign(link, { href: url, download: `${paper.number}.pdf` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  at("send-contract-code").addEventListener("click", () =>
    doing(() => sendCode(at("send-contract-code"), () => mine("POST", "contract/code"))),
  );
  at("contract").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      if (!at("contract-agree").checked) page.refuse("请先勾选“已完整阅读并同意”");
      const said = { sha256: contract.sha256, code: at("contract-code").value.trim() };
      take(await mine("POST", "contract", said));
      event.target.reset();
      await show(done("COST") || !page.has("COST") ? "CONTRACT" : "COST");
    });
  });
  at("refuse-contract").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      take(await mine("POST", "contract/refuse", { reason: at("refuse-reason").value.trim() }));
      event.target.reset();
      await drawContract();
    });
  });

  DRAW.COST = drawCost;
  DRAW.CONTRACT = drawContract;
})();
