// The customer's page behind a link: code, form, face, consent with a drawn signature, papers, progress.
// Every word of the bank's comes over the API (bank.js); the page keeps nothing.
"use strict";

(() => {
  const { Refused, ofSession: mine } = bank;
  const at = (id) => document.getElementById(id);
  const sections = [...document.querySelectorAll("[data-step]")];
  let progress = null;
  let shown = "PHONE";

  // --- Saying what is wrong ------------------------------------------------------------------
  function say(text) {
    at("alert").textContent = text;
    at("alert").hidden = !text;
    if (text) at("alert").scrollIntoView({ block: "nearest" });
  }

  function clearErrors() {
    say("");
    for (const place of document.querySelectorAll("[data-error]")) place.textContent = "";
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }

  function tell(refused) {
    const section = sections.find((each) => each.dataset.step === shown);
    const unplaced = [];
    for (const [name, texts] of Object.entries(refused.problem.errors ?? {})) {
      const place = section.querySelector(`[data-error="${CSS.escape(name)}"]`);
      const text = texts.join("；");
      if (!place) unplaced.push(text);
      else {
        place.textContent = text;
        const field = section.querySelector(`[name="${CSS.escape(name)}"]`);
        field?.setAttribute("aria-invalid", "true");
      }
    }
    section.querySelector("[aria-invalid]")?.focus();
    if (refused.status === 401) return lose(refused.message);
    const placed = Object.keys(refused.problem.errors ?? {}).length - unplaced.length;
    say(unplaced.join("；") || (placed ? "" : refused.message));
  }

  function lose(message) {
    bank.remember(null);
    progress = null;
    show("PHONE");
    say(message);
  }

  // One thing at a time: an impatient finger does nothing twice.
  async function doing(work) {
    const main = at("main");
    if (main.getAttribute("aria-busy") === "true") return;
    clearErrors();
    main.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      tell(refused);
    } finally {
      main.removeAttribute("aria-busy");
    }
  }

  function wait(button, seconds) {
    const label = button.dataset.label ?? button.textContent;
    button.dataset.label = label;
    clearInterval(Number(button.dataset.timer));
    let left = seconds;
    const tick = () => {
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${left} 秒后重发` : label;
      if (left <= 0) clearInterval(Number(button.dataset.timer));
      left -= 1;
    };
    button.dataset.timer = String(setInterval(tick, 1000));
    tick();
  }

  async function sendCode(button, send) {
    try {
      wait(button, (await send()).retry_after);
    } catch (refused) {
      if (refused.problem?.retry_after) wait(button, refused.problem.retry_after);
      throw refused;
    }
  }

  // --- Steps ---------------------------------------------------------------------------------
  // Once done they stay as they are.
  const CLOSED = new Set(["PHONE", "APPLICANT"]);
  const steps = () => progress?.steps ?? [];
  const done = (step) => steps().find((each) => each.step === step)?.is_done ?? false;
  const has = (step) => steps().some((each) => each.step === step);

  async function show(step) {
    shown = step;
    for (const section of sections) section.hidden = section.dataset.step !== step;
    const order = steps().map((each) => each.step);
    const place = order.indexOf(step);
    at("trail").hidden = place < 0 || Boolean(progress?.is_withdrawn);
    at("ways").hidden = !bank.isOpen();
    at("back").hidden = place < 2 || step === "HAND_IN" || CLOSED.has(order[place - 1]);
    at("overview").hidden = step === "HAND_IN";
    if (place >= 0) {
      at("where").textContent = `第 ${place + 1} 步，共 ${order.length} 步 · ${steps()[place].label}`;
      at("bar").style.setProperty("width", `${((place + 1) / order.length) * 100}%`);
    }
    sections.find((each) => each.dataset.step === step).querySelector("h1").focus({ preventScroll: true });
    scrollTo(0, 0);
    await DRAW[step]?.();
  }

  const SUBJECTS = { APPLY: "在线申请", SIGN: "签署征信授权", CONTRACT: "签署合同" };

  function take(fresh) {
    progress = fresh;
    at("subject").textContent = `${fresh.product.name} · ${SUBJECTS[fresh.purpose]}`;
    at("manager").textContent = `您的客户经理：${fresh.manager}（${fresh.branch}）`;
    at("manager").hidden = false;
  }

  function goOn() {
    if (progress.is_withdrawn) return show("HAND_IN");
    const open = steps().find((each) => !each.is_done && each.step !== "HAND_IN");
    return show(open?.step ?? "HAND_IN");
  }

  const after = (step) => {
    const order = steps().map((each) => each.step);
    return show(order[order.indexOf(step) + 1] ?? "HAND_IN");
  };

  // --- Phone ---------------------------------------------------------------------------------
  at("send-code").addEventListener("click", () =>
    doing(() =>
      sendCode(at("send-code"), () =>
        bank.ofLink("code", { mobile: at("mobile").value.trim() }),
      ),
    ),
  );

  at("phone").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      const said = { mobile: at("mobile").value.trim(), code: at("code").value.trim() };
      bank.remember((await bank.ofLink("session", said)).session);
      at("code").value = "";
      take(await mine("GET", "progress"));
      await goOn();
    });
  });

  // --- Applicant and form --------------------------------------------------------------------
  at("applicant").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      const said = { name: at("name").value.trim(), identity_no: at("identity_no").value.trim() };
      take(await mine("POST", "applicant", said));
      event.target.reset();
      await goOn();
    });
  });

  const TEXTS = ["amount", "term_months", "purpose_note", "repayment_day", "employer", "monthly_income", "monthly_debt"];
  const CHOICES = {
    purpose: "purposes",
    repayment_method: "repayment_methods",
    occupation: "occupations",
    marital_status: "marital_statuses",
  };

  function drawForm() {
    const { product, entries, is_open: isOpen } = progress;
    const yuan = (text) => Number(text).toLocaleString("zh-CN");
    at("limits").textContent =
      `可申请 ${yuan(product.min_amount)} 至 ${yuan(product.max_amount)} 元，` +
      `期限 ${product.min_term_months} 至 ${product.max_term_months} 个月。` +
      (isOpen ? "" : "申请已提交，如需修改请联系客户经理。");
    at("form-fields").disabled = !isOpen;
    for (const name of TEXTS) at(name).value = entries[name] ?? at(name).value;
    for (const [name, list] of Object.entries(CHOICES)) {
      const options = product[list].map(({ value, label }) => new Option(label, value));
      const chosen = entries[name] || at(name).value;
      at(name).replaceChildren(new Option("请选择", ""), ...options);
      at(name).value = chosen;
    }
    at("identity_expires_on").value = entries.identity_expires_on ?? "";
    at("identity_is_long_term").checked = entries.identity_is_long_term ?? false;
    at("identity_expires_on").disabled = at("identity_is_long_term").checked;
  }

  at("identity_is_long_term").addEventListener("change", (event) => {
    at("identity_expires_on").disabled = event.target.checked;
  });

  function entered() {
    const said = { identity_is_long_term: at("identity_is_long_term").checked };
    for (const name of [...TEXTS, ...Object.keys(CHOICES)]) {
      const value = at(name).value.replaceAll(",", "").trim();
      if (value) said[name] = value;
    }
    if (!said.identity_is_long_term && at("identity_expires_on").value) {
      said.identity_expires_on = at("identity_expires_on").value;
    }
    return said;
  }

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      if (progress.is_open) take(await mine("POST", "form", entered()));
      const form = steps().find((each) => each.step === "FORM");
      if (form.is_done) await after("FORM");
      else say(form.lacks.join("；"));
    });
  });

  // --- Face ----------------------------------------------------------------------------------
  function drawFace() {
    const result = at("face-result");
    result.classList.remove("bad");
    result.textContent = done("FACE") ? "身份核验已通过。" : "";
    document.querySelector('label[for="face"]').hidden = done("FACE");
  }

  at("face").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    doing(async () => {
      const form = new FormData();
      form.append("face", file);
      const answer = await mine("POST", "face", form);
      take(answer.progress);
      if (answer.passed) return after("FACE");
      at("face-result").classList.add("bad");
      at("face-result").textContent = answer.attempts_left
        ? `未能核验通过，请在光线充足处重新拍摄。今日还可尝试 ${answer.attempts_left} 次。`
        : "今日核验次数已用完，请联系您的客户经理人工核验。";
    });
  });

  // --- Consent -------------------------------------------------------------------------------
  const pad = signaturePad(at("pad"));
  let text = null;
  const consentReading = reading(at("consent-text"), at("reading"));

  async function drawConsent() {
    const signed = done("CONSENT");
    at("signed").hidden = !signed;
    at("consent").hidden = true;
    at("consent-text").hidden = signed;
    consentReading.stop();
    if (!signed) await readText();
  }

  async function readText() {
    text = await mine("GET", "consent");
    at("consent-text").replaceChildren(...emphasised(text.body));
    at("consent").hidden = true;
    at("agree").checked = false;
    await consentReading.begin(text.read_seconds, () => {
      at("consent").hidden = false;
      pad.clear();
    });
  }

  // What the law wants conspicuous stands in 【】.
  const emphasised = (body) =>
    body.split(/(【[^】]*】)/).map((part) => {
      if (!part.startsWith("【")) return part;
      const strong = document.createElement("b");
      strong.textContent = part;
      return strong;
    });

  at("pad-clear").addEventListener("click", pad.clear);
  at("pad").addEventListener("pointerdown", clearErrors);

  function sign(add) {
    doing(async () => {
      if (!at("agree").checked) page.refuse("请先勾选“已完整阅读并同意”");
      const form = new FormData();
      form.append("text_sha256", text.sha256);
      await add(form);
      try {
        take(await mine("POST", "consent", form));
      } catch (refused) {
        if (refused.problem?.code === "consent_text_changed") await readText();
        throw refused;
      }
      await after("CONSENT");
    });
  }

  at("consent").addEventListener("submit", (event) => {
    event.preventDefault();
    sign(async (form) => {
      if (!pad.isSigned()) throw new Refused({ errors: { signature: ["请在框内完整手写签名"] } }, 0);
      form.append("signature", await pad.picture(), "signature.png");
    });
  });
  at("send-sign-code").addEventListener("click", () =>
    doing(() => sendCode(at("send-sign-code"), () => mine("POST", "consent/code"))),
  );
  at("sign-by-code").addEventListener("click", () => sign((form) => form.append("code", at("sign-code").value.trim())));

  // --- Papers --------------------------------------------------------------------------------
  function made(tag, className, content = "") {
    const found = document.createElement(tag);
    found.className = className;
    found.textContent = content;
    return found;
  }

  function drawPapers() {
    at("no-papers").hidden = progress.papers.length > 0;
    at("papers").replaceChildren(...progress.papers.map(row));
  }

  function row(paper) {
    const line = document.createElement("li");
    const what = made("div", "what", paper.type_label);
    const isFull = paper.filed >= paper.pages;
    what.append(made("div", isFull ? "count full" : "count", `已上传 ${paper.filed} 张，至少 ${paper.pages} 张`));
    const pick = made("input", "unseen");
    Object.assign(pick, { type: "file", accept: "image/jpeg,image/png", id: `paper-${paper.type}` });
    pick.setAttribute("capture", "environment");
    pick.addEventListener("change", () => upload(paper.type, pick));
    const label = made("label", "button", isFull ? "再拍一张" : "拍照上传");
    label.htmlFor = pick.id;
    line.append(what, label, pick);
    const own = progress.uploads.filter((each) => each.type === paper.type);
    if (own.length && progress.is_open) {
      const list = made("div", "own");
      list.append(...own.map((each, index) => remover(each, index)));
      line.append(list);
    }
    return line;
  }

  function remover(own, index) {
    const button = made("button", "", `删除第 ${index + 1} 张`);
    button.type = "button";
    button.addEventListener("click", () =>
      doing(async () => {
        take(await mine("DELETE", `materials/${own.id}`));
        drawPapers();
      }),
    );
    return button;
  }

  function upload(type, pick) {
    const [file] = pick.files;
    pick.value = "";
    if (!file) return;
    doing(async () => {
      const form = new FormData();
      form.append("type", type);
      form.append("file", file);
      take(await mine("POST", "materials", form));
      drawPapers();
    });
  }

  at("papers-done").addEventListener("click", () => doing(() => after("MATERIALS")));

  // --- Progress ------------------------------------------------------------------------------
  function drawProgress() {
    at("withdrawn").hidden = !progress.is_withdrawn;
    at("withdrawal").hidden = !progress.may_withdraw;
    at("withdrawal").open = false;
    if (progress.is_withdrawn) {
      for (const id of ["steps", "hand-in", "handed-in"]) at(id).hidden = true;
      at("lacks").textContent = "";
      return;
    }
    const rows = steps().filter((each) => each.step !== "HAND_IN");
    at("steps").replaceChildren(...rows.map(progressRow));
    const open = rows.filter((each) => !each.is_done && each.step !== "MATERIALS");
    const handedIn = progress.handed_in_at;
    at("hand-in").hidden = !has("HAND_IN") || Boolean(handedIn);
    at("hand-in").disabled = open.length > 0;
    at("lacks").textContent = handedIn || !open.length ? "" : `提交前还需完成：${open.map((each) => each.label).join("、")}`;
    const isThrough = handedIn || (!has("HAND_IN") && !open.length);
    at("handed-in").hidden = !isThrough;
    at("handed-in").textContent = handedIn
      ? `已于 ${new Date(handedIn).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" })} 提交，客户经理会尽快与您联系。`
      : "已全部完成，感谢您的配合。";
  }

  function progressRow(each) {
    const line = document.createElement("li");
    line.dataset.done = String(each.is_done);
    const button = made("button", "", each.label);
    button.type = "button";
    button.disabled = CLOSED.has(each.step);
    button.append(made("span", "state", each.is_done ? "已完成" : "未完成"));
    button.addEventListener("click", () => doing(() => show(each.step)));
    line.append(button);
    return line;
  }

  at("hand-in").addEventListener("click", () =>
    doing(async () => {
      take(await mine("POST", "hand-in"));
      await show("HAND_IN");
    }),
  );

  at("send-withdraw-code").addEventListener("click", () =>
    doing(() => sendCode(at("send-withdraw-code"), () => mine("POST", "withdrawal/code"))),
  );
  at("withdraw").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      const said = { code: at("withdraw-code").value.trim(), reason: at("withdraw-reason").value.trim() };
      take(await mine("POST", "withdrawal", said));
      event.target.reset();
      await show("HAND_IN");
    });
  });

  const DRAW = {
    FORM: drawForm,
    FACE: drawFace,
    CONSENT: drawConsent,
    MATERIALS: drawPapers,
    HAND_IN: drawProgress,
  };

  // --- Ways ----------------------------------------------------------------------------------
  at("back").addEventListener("click", () => {
    const order = steps().map((each) => each.step);
    doing(() => show(order[Math.max(1, order.indexOf(shown) - 1)]));
  });
  at("overview").addEventListener("click", () =>
    doing(async () => {
      take(await mine("GET", "progress"));
      await show("HAND_IN");
    }),
  );
  at("leave").addEventListener("click", () =>
    doing(async () => {
      await mine("POST", "leave");
      lose("您已退出。");
    }),
  );

  // For the scripts that draw further steps; the page begins once they are there.
  window.page = {
    at,
    made,
    doing,
    sendCode,
    take,
    after,
    show,
    done,
    has,
    DRAW,
    step: (name) => steps().find((each) => each.step === name),
    refuse: (detail) => {
      throw new Refused({ detail }, 0);
    },
  };
  document.addEventListener("DOMContentLoaded", () => {
    if (!bank.isOpen()) return;
    doing(async () => {
      take(await mine("GET", "progress"));
      await goOn();
    });
  });
})();
