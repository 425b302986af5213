"use strict";
// Fetches the page again while it is looked at, and swaps in what changed; each chat keeps its place and what is
// being written. Writes to the account, and presses its buttons, as the follower whose phone it is.

const EVERY_MS = 1500;

const phones = (within) => Array.from(within.querySelectorAll(".phone"));
const owners = (within) => phones(within).map((phone) => phone.dataset.openid).join("\n");

function swapPart(before, after) {
  if (before && after && before.innerHTML !== after.innerHTML) before.replaceWith(after);
}

function swapPhones(fresh) {
  const kept = new Map(phones(document).map((phone) => [phone.dataset.openid, phone]));
  phones(fresh).forEach((phone) => {
    const own = kept.get(phone.dataset.openid);
    for (const part of [".bar", ".stream", ".menu"]) swapPart(own.querySelector(part), phone.querySelector(part));
  });
}

function swap(fresh) {
  swapPart(document.querySelector("header.top"), fresh.querySelector("header.top"));
  const before = document.querySelector("#screens");
  const after = fresh.querySelector("#screens");
  const parts = (within) => within.querySelectorAll(".menu, .say").length;
  if (owners(document) && owners(document) === owners(fresh) && parts(document) === parts(fresh)) swapPhones(fresh);
  else swapPart(before, after);
}

async function refresh() {
  if (document.hidden || document.querySelector("details[open]")) return;
  const answer = await fetch(location.href, { cache: "no-store" });
  if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

async function keepFresh() {
  try {
    await refresh();
    document.body.classList.remove("offline");
  } catch {
    document.body.classList.add("offline");
  }
  setTimeout(keepFresh, EVERY_MS);
}

async function act(what, content) {
  const headers = { "Content-Type": "application/json" };
  await fetch(`/_sandbox/wechat/${what}`, { method: "POST", headers, body: JSON.stringify(content) });
  document.querySelectorAll("details[open]").forEach((each) => each.removeAttribute("open"));
  await refresh();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".say")) return;
  event.preventDefault();
  const input = event.target.elements.content;
  const content = input.value.trim();
  input.value = "";
  if (content) act("says", { openid: event.target.closest(".phone").dataset.openid, content });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) act("clicks", { openid: button.closest(".phone").dataset.openid, key: button.dataset.key });
});

setTimeout(keepFresh, EVERY_MS);
