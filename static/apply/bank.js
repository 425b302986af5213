// Speaking to the bank: one call, one answer, and what it refuses in its own words.
"use strict";

window.bank = (() => {
  const API = "/api/v1";
  const token = location.pathname.split("/").filter(Boolean).pop();
  const KEPT = `session:${token}`;
  const device = sessionStorage.getItem("device") ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  sessionStorage.setItem("device", device);
  let session = sessionStorage.getItem(KEPT);

  class Refused extends Error {
    constructor(problem, status) {
      super(problem.detail ?? "系统繁忙，请稍后再试");
      Object.assign(this, { problem, status });
    }
  }

  async function call(method, path, said) {
    const headers = { "X-Device-Id": device };
    if (session) headers.Authorization = `Link ${session}`;
    let body = said;
    if (said && !(said instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(said);
    }
    let answer;
    try {
      answer = await fetch(API + path, { method, headers, body, cache: "no-store", credentials: "omit" });
    } catch {
      throw new Refused({ detail: "网络异常，请检查网络后重试" }, 0);
    }
    const content = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(content, answer.status);
    return content;
  }

  async function file(door) {
    const headers = { "X-Device-Id": device, Authorization: `Link ${session}` };
    const answer = await fetch(`${API}/customer-session/${door}`, { headers, cache: "no-store", credentials: "omit" }).catch(
      () => {
        throw new Refused({ detail: "网络异常，请检查网络后重试" }, 0);
      },
    );
    if (!answer.ok) throw new Refused(await answer.json().catch(() => ({})), answer.status);
    return answer.blob();
  }

  // Kept only while the tab is open.
  function remember(secret) {
    session = secret;
    if (secret) sessionStorage.setItem(KEPT, secret);
    else sessionStorage.removeItem(KEPT);
  }

  return {
    Refused,
    remember,
    file,
    isOpen: () => Boolean(session),
    ofLink: (door, said) => call("POST", `/customer-links/${token}/${door}`, said),
    ofSession: (method, door, said) => call(method, `/customer-session/${door}`, said),
  };
})();
