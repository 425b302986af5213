// Reading before signing: a paper that has to lie open for so long, and be scrolled to its end.
"use strict";

window.reading = (box, status) => {
  let readyAt = 0;
  let hasReadAll = false;
  let timer = 0;

  function stop() {
    clearTimeout(timer);
    status.textContent = "";
  }

  // `seconds` from now on; then `ready`, once.
  async function begin(seconds, ready) {
    stop();
    readyAt = Date.now() + seconds * 1000;
    hasReadAll = false;
    box.scrollTop = 0;
    await new Promise((shownNow) => requestAnimationFrame(shownNow));
    watch(ready);
  }

  function watch(ready) {
    hasReadAll ||= box.scrollTop + box.clientHeight >= box.scrollHeight - 24;
    const left = Math.ceil((readyAt - Date.now()) / 1000);
    const lacks = [left > 0 && `还需阅读 ${left} 秒`, !hasReadAll && "请滑动到末尾"].filter(Boolean);
    status.textContent = lacks.join("，");
    if (lacks.length) timer = setTimeout(() => watch(ready), 250);
    else ready();
  }

  return { begin, stop };
};
