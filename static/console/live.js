// Keeps the page moving: the branch's board rings, and the page fetches its parts anew.
"use strict";

(() => {
  const light = document.getElementById("live");
  const page = document.getElementById("main");
  const { board } = light.dataset;
  let { epoch } = light.dataset;
  let sequence = Number(light.dataset.sequence);
  const MINUTE = 60_000;
  const LONGEST_WAIT = 15_000;
  let wait = 500;

  function say(state, text) {
    light.dataset.state = state;
    light.textContent = text;
  }

  // A burst of events (a feed, a busy morning) renews the page once, not a hundred times.
  let renewal = null;
  function renew() {
    renewal ??= setTimeout(() => {
      renewal = null;
      htmx.trigger(page, "renew");
    }, 120);
  }
  // What only the clock moves: the day's end, work that becomes late.
  setInterval(() => document.hidden || renew(), MINUTE);
  document.addEventListener("visibilitychange", () => document.hidden || renew());

  // --- The board -----------------------------------------------------------------------------
  function hear(message) {
    if (message.type === "welcome") {
      wait = 500;
      say("on", "实时");
    } else if (["board", "reset", "resync"].includes(message.type) && message.stream === board) {
      ({ epoch, sequence } = message);
      renew();
    }
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/v1/stream`);
    socket.addEventListener("open", () =>
      socket.send(JSON.stringify({ type: "hello", streams: [{ stream: board, epoch, since: sequence }] })),
    );
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => lost(event.code));
  }

  // 4401: the sign-in ended; the renewal finds that out too, and goes to the sign-in page.
  function lost(code) {
    if (code === 4403) {
      say("off", "无实时更新权限，每分钟刷新");
      return;
    }
    if (code === 4401) renew();
    say("off", "已断开，正在重连");
    setTimeout(connect, wait + Math.random() * wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  // --- What moved lights up for a moment -------------------------------------------------------
  const figures = () => new Map([...page.querySelectorAll("[data-moves]")].map((each) => [each.dataset.moves, each]));
  let before = new Map();
  function remember() {
    before = new Map([...figures()].map(([name, each]) => [name, each.textContent]));
  }
  function light_up() {
    for (const [name, each] of figures()) {
      if (before.has(name) && before.get(name) !== each.textContent) each.classList.add("moved");
    }
    remember();
  }

  page.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) {
      light_up();
      draw();
    } else if (event.detail.xhr.status === 403) {
      location.reload();
    }
  });

  // --- The chart ---------------------------------------------------------------------------------
  const chart = echarts.init(document.getElementById("trend"));
  function draw() {
    const data = JSON.parse(document.getElementById("trend-data").textContent);
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      color: ["#c08a2d", "#235f94"],
      grid: { left: 2, right: 6, top: 34, bottom: 2, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 9, textStyle: { color: "#56636f" } },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value.toLocaleString("zh-CN")} 万元` },
      xAxis: { type: "category", data: data.days, axisTick: { show: false }, axisLine: { lineStyle: { color: "#c3ccd5" } }, axisLabel: { color: "#56636f" } },
      yAxis: { type: "value", splitNumber: 4, splitLine: { lineStyle: { color: "#edf0f4" } }, axisLabel: { color: "#56636f" } },
      series: [
        { name: "贷款投放", type: "bar", data: data.loans, barMaxWidth: 14, itemStyle: { borderRadius: [2, 2, 0, 0] } },
        { name: "存款净增", type: "line", data: data.deposits, showSymbol: false, lineStyle: { width: 2 } },
      ],
    });
  }
  new ResizeObserver(() => chart.resize()).observe(document.getElementById("trend"));

  remember();
  draw();
  connect();
})();
