// Keeps the page moving: the branch's board stream rings, the parts fetch themselves anew.
"use strict";

(() => {
  const light = document.getElementById("live");
  const board = light.dataset.board;
  const parts = ["figures", "ranking", "pipeline", "events", "late"];
  let epoch = null;
  let sequence = 0;
  let wait = 500;
  let renewal = null;

  function say(state, text) {
    light.dataset.state = state;
    light.textContent = text;
  }

  // A burst of events (a feed, a busy morning) renews the page once, not a hundred times.
  function renew() {
    if (renewal) return;
    renewal = setTimeout(() => {
      renewal = null;
      for (const id of parts) htmx.trigger(`#${id}`, "renew");
      drawTrend();
      const now = new Date();
      const two = (n) => String(n).padStart(2, "0");
      document.getElementById("as-of").textContent =
        `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}`;
    }, 150);
  }

  function hear(message) {
    if (message.type === "welcome") {
      const mine = message.streams.find((stream) => stream.stream === board);
      if (mine) {
        if (epoch !== null && (epoch !== mine.epoch || sequence < mine.sequence)) renew();
        epoch = mine.epoch;
        sequence = mine.sequence;
      }
      wait = 500;
      say("on", "实时");
    } else if (message.type === "reset") {
      epoch = message.epoch ?? null;
      sequence = 0;
      renew();
    } else if (message.type === "board" && message.stream === board) {
      epoch = message.epoch;
      sequence = message.sequence;
      renew();
    }
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/v1/stream`);
    socket.addEventListener("open", () => {
      const asked = epoch === null ? { stream: board } : { stream: board, epoch, since: sequence };
      socket.send(JSON.stringify({ type: "hello", streams: [asked] }));
    });
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (event.code === 4401) {
        location.reload();
        return;
      }
      say("off", "已断开，正在重连");
      setTimeout(connect, wait + Math.random() * wait);
      wait = Math.min(wait * 2, 15000);
    });
  }

  // The row whose value changed lights up for a moment.
  const before = new Map();
  function remember() {
    for (const row of document.querySelectorAll("#ranking tr[data-staff]")) before.set(row.dataset.staff, row.dataset.value);
  }
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "ranking") remember();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "ranking") return;
    for (const row of document.querySelectorAll("#ranking tr[data-staff]")) {
      const old = before.get(row.dataset.staff);
      if (old !== undefined && old !== row.dataset.value) row.classList.add("moved");
    }
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 403 || event.detail.xhr.status === 401) location.reload();
  });

  const holder = document.getElementById("trend");
  let chart = null;
  async function drawTrend() {
    const answer = await fetch(holder.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const data = await answer.json();
    chart ??= echarts.init(holder);
    chart.setOption({
      animation: false,
      color: ["#b8801f", "#2c6aa0"],
      grid: { left: 4, right: 8, top: 32, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 14, data: ["贷款投放", "存款净增"] },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value} 万元` },
      xAxis: { type: "category", data: data.days, axisTick: { show: false } },
      yAxis: { type: "value", splitLine: { lineStyle: { color: "#edf1f5" } } },
      series: [
        { name: "贷款投放", type: "bar", data: data.loans, barMaxWidth: 14 },
        { name: "存款净增", type: "line", data: data.deposits, showSymbol: false, lineStyle: { width: 2 } },
      ],
    });
  }
  window.addEventListener("resize", () => chart && chart.resize());

  drawTrend();
  connect();
})();
