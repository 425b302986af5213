"use strict";
// Fetches the page again while it is looked at, and swaps in what changed; each chat keeps its place.

const EVERY_MS = 1500;
const PARTS = ["header.top", "#screens"];

function places() {
  const phones = Array.from(document.querySelectorAll(".phone"));
  return new Map(phones.map((phone) => [phone.dataset.openid, phone.querySelector(".chat").scrollTop]));
}

function swap(fresh) {
  const kept = places();
  for (const part of PARTS) {
    const before = document.querySelector(part);
    const after = fresh.querySelector(part);
    if (before && after && before.innerHTML !== after.innerHTML) before.replaceWith(after);
  }
  document.querySelectorAll(".phone").forEach((phone) => {
    phone.querySelector(".chat").scrollTop = kept.get(phone.dataset.openid) ?? 0;
  });
}

async function refresh() {
  if (document.hidden) return;
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

setTimeout(keepFresh, EVERY_MS);
