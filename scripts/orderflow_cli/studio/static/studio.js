"use strict";
// Numbers and dots of the flow come as server-sent events, everything else as HTML through htmx.
const by = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SETTLED = new Set(["delivered", "cancelled", "refunded"]);
const MOST_DOTS = 160;
const number = new Intl.NumberFormat("en"), compact = new Intl.NumberFormat("en", { notation: "compact" });

// The flow: what every part counts, and what is the matter with it.
let nodes = {};
function showNode(id, [count, waiting, dead, state, why]) {
  const node = by(id);
  if (!node) return;
  node.querySelector(".count").textContent = number.format(count);
  node.classList.toggle("is-off", state === "off");
  node.classList.toggle("is-failing", state === "failing");
  node.classList.toggle("has-waiting", waiting > 0 && state !== "off" && !dead);
  node.classList.toggle("has-dead", dead > 0);
  const badge = state === "off" ? "off" : dead ? `✕ ${dead}` : state === "failing" ? "!" : waiting ? number.format(waiting) : "";
  node.querySelector(".badge text").textContent = badge;
  const said = [];
  if (waiting) said.push(`${waiting} waiting`);
  if (dead) said.push(`${dead} dead-letter messages`);
  if (why) said.push(why);
  node.setAttribute("aria-label", `${node.dataset.label} ${number.format(count)} ${badge}`.trim() + (said.length ? `: ${said.join(", ")}` : ""));
}

function showTable() {
  if (!by("flow-table").open) return;
  const rows = Object.entries(nodes).map(([id, [count, waiting, dead, state, why]]) => {
    const row = document.createElement("tr");
    for (const [text, figure] of [[by(id)?.dataset.label ?? id], [number.format(count), true], [number.format(waiting), true], [number.format(dead), true], [why || state]]) {
      const cell = row.appendChild(document.createElement("td"));
      cell.textContent = text;
      if (figure) cell.className = "number";
    }
    return row;
  });
  by("flow-table").querySelector("tbody").replaceChildren(...rows);
}

// Moving orders: a dot for each event, along its edges.
const dots = [];
const KINDS = [[/^OrderPlaced/, "placed"], [/^Payment(Requested|Captured)/, "money"], [/^OrderShipped|^OrderDelivered/, "goods"], [/^Refund|Declined|Rejected|Deadline|Deleted/, "undone"]];
const kindOf = (type) => KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? "change";

function send(kind, edges, delay, then) {
  const paths = edges.map(by).filter(Boolean);
  if (!paths.length) return then?.(delay);
  if (dots.length >= MOST_DOTS) return;
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  circle.setAttribute("r", 5.5);
  circle.classList.add(kind);
  dots.push({ circle, paths, lengths: paths.map((path) => path.getTotalLength()), at: performance.now() + delay, then });
  if (dots.length === 1) requestAnimationFrame(step);
}

function step(now) {
  for (let index = dots.length - 1; index >= 0; index--) {
    const dot = dots[index];
    let way = (now - dot.at) * 0.28;
    if (way < 0) continue;
    if (!dot.circle.parentNode) by("dots")?.append(dot.circle);
    let edge = 0;
    while (edge < dot.paths.length && way > dot.lengths[edge]) way -= dot.lengths[edge++];
    if (edge === dot.paths.length || !dot.paths[edge].isConnected) {
      dot.circle.remove();
      dots.splice(index, 1);
      dot.then?.(0);
    } else {
      const point = dot.paths[edge].getPointAtLength(way);
      dot.circle.setAttribute("cx", point.x);
      dot.circle.setAttribute("cy", point.y);
    }
  }
  if (dots.length) requestAnimationFrame(step);
}

function move(moves) {
  if (document.hidden) return;
  moves.forEach(({ type, ways: [trunk, ...branches] }, index) => {
    if (still.matches) {
      [trunk, ...branches].flat().forEach((edge) => flash(by(edge)));
      return;
    }
    send(kindOf(type), trunk, index * (950 / moves.length), () => branches.forEach((branch) => send(kindOf(type), branch, 0)));
  });
}

function flash(edge) {
  if (!edge) return;
  edge.classList.add("busy");
  setTimeout(() => edge.classList.remove("busy"), 900);
}

// One tick of the stream.
let before = "", deadBefore = -1, asked = 0;
function tick(told) {
  by("pulse").className = "pulse live";
  by("pulse").lastElementChild.textContent = "live";
  if (Object.keys(told.nodes).some((id) => !by(id))) htmx.trigger(document.body, "flow");
  nodes = told.nodes;
  for (const [id, node] of Object.entries(nodes)) showNode(id, node);
  showTable();
  move(told.moves);
  const counts = Object.entries(told.orders);
  const sum = (wanted) => counts.reduce((all, [state, count]) => all + (wanted(state) ? count : 0), 0);
  by("n-orders").textContent = number.format(sum(() => true));
  by("n-open").textContent = number.format(sum((state) => !SETTLED.has(state)));
  by("n-settled").textContent = number.format(sum((state) => SETTLED.has(state)));
  by("n-waiting").textContent = number.format(Object.values(nodes).reduce((all, node) => all + node[1], 0));
  by("n-dead").textContent = number.format(told.dead);
  by("n-dead").parentNode.classList.toggle("some", told.dead > 0);
  for (const state of document.querySelectorAll("[id^=state-]")) state.textContent = number.format(told.orders[state.id.slice(6)] ?? 0);
  by("problem").hidden = !told.problem;
  by("problem").textContent = told.problem;
  const now = JSON.stringify(told.orders);
  if (now !== before) htmx.trigger(by("orders"), "tick");
  before = now;
  if (told.dead !== deadBefore) htmx.trigger(by("dead"), "dead");
  deadBefore = told.dead;
  const shown = document.querySelector(".trace");
  if (shown && performance.now() - asked > 2000 && (told.moves.some((one) => one.order === shown.dataset.order) || shown.dataset.settled === "no")) {
    asked = performance.now();
    htmx.trigger(shown, "again");
  }
  if (told.chart) chart(told.chart);
}

// Charts: ten minutes, in steps of five seconds.
const SPAN = 120;
const COLOURS = ["--placed", "--refunding", "--shipped", "--paid", "--delivered"];
const history = { at: [], bus: [], topic: [], latency: {} };
const plots = {};

function chart(told) {
  told.at.forEach((at, index) => {
    let where = history.at.indexOf(at);
    if (where < 0) {
      where = history.at.push(at) - 1;
      for (const line of Object.values(history.latency)) line.push(null);
    }
    history.bus[where] = told.bus[index];
    history.topic[where] = told.topic[index];
    for (const [name, line] of Object.entries(told.latency)) {
      history.latency[name] ??= history.at.map(() => null);
      history.latency[name][where] = line[index];
    }
  });
  const over = history.at.length - SPAN;
  if (over > 0) for (const line of [history.at, history.bus, history.topic, ...Object.values(history.latency)]) line.splice(0, over);
  const lately = [...history.bus.slice(-3), ...history.topic.slice(-3)];
  by("n-rate").textContent = number.format(Math.round((lately.reduce((all, one) => all + one, 0) / 3) * 10) / 10);
  draw("throughput", ["bus", "topic"], [history.bus, history.topic], "");
  const names = Object.keys(history.latency).sort();
  draw("latency", names.map((name) => name.replaceAll("_", " ")), names.map((name) => history.latency[name]), " ms");
}

function draw(id, names, lines, unit) {
  const place = by(id);
  if (!place) return;
  const style = getComputedStyle(document.documentElement);
  const key = names.join() + style.getPropertyValue("--card") + place.clientWidth;
  const data = [history.at, ...lines];
  if (plots[id]?.key !== key) {
    plots[id]?.plot.destroy();
    const ink = style.getPropertyValue("--soft"), line = style.getPropertyValue("--line");
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
    const series = names.map((label, index) => ({ label, stroke: style.getPropertyValue(COLOURS[index % COLOURS.length]), width: 2, spanGaps: true, points: { show: false }, value: (plot, value) => (value == null ? "–" : number.format(Math.round(value * 10) / 10) + unit) }));
    const options = { width: place.clientWidth, height: 180, series: [{ value: (plot, at) => (at == null ? "–" : new Date(at * 1000).toISOString().slice(11, 19)) }, ...series], axes: [{ ...axis, values: (plot, all) => all.map((at) => new Date(at * 1000).toISOString().slice(11, 16)) }, { ...axis, size: 60, values: (plot, all) => all.map((value) => compact.format(value)) }], scales: { y: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.15] } }, cursor: { points: { size: 7 } } };
    plots[id] = { key, plot: new uPlot(options, data, place) };
  } else plots[id].plot.setData(data);
  const latest = (line) => [...line].reverse().find((value) => value != null);
  by(`${id}-text`).textContent = names.map((name, index) => `${name} ${latest(lines[index]) ?? "nothing yet"}${unit}`).join(", ");
}

// What a person does.
function orderBody() {
  const body = JSON.parse(by("body").defaultValue);
  body.channel = by("channel").value;
  body.lines = [{ sku: by("sku").value, quantity: by("quantity").valueAsNumber }];
  by("body").value = JSON.stringify(body, null, 2);
}

document.addEventListener("click", (event) => {
  const on = (name) => event.target.closest(`[data-${name}]`)?.dataset[name];
  if (on("opens")) {
    by("answer").replaceChildren();
    by(on("opens")).showModal();
  }
  if (on("closes")) by(on("closes")).close();
  if (event.target.closest(".clear")) event.target.closest(".notice").remove();
  if (event.target.closest("#theme")) {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
    localStorage.setItem("theme", (document.documentElement.dataset.theme = dark ? "light" : "dark"));
  }
});
document.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("g[role=button]")) {
    event.preventDefault();
    event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  }
});
document.addEventListener("input", (event) => {
  if (["sku", "quantity", "channel"].includes(event.target.id)) orderBody();
});
document.addEventListener("htmx:after:swap", (event) => {
  const shown = document.querySelector(".trace")?.dataset.order;
  for (const row of document.querySelectorAll("tr.shown")) row.classList.remove("shown");
  by(`row-${shown}`)?.classList.add("shown");
  const source = event.detail.ctx?.sourceElement;
  if (source?.matches?.("dialog form") && document.querySelector("#answer .notice:not(.failed)")) {
    by("place").close();
    by("notice").replaceChildren(...by("answer").children);
    by("placed")?.focus();
  }
  if (source?.matches?.("button.link")) {
    by("trace").scrollTop = 0;
    by("trace-title").focus({ preventScroll: innerWidth > 1000 });
  }
});

document.addEventListener("DOMContentLoaded", async () => {
  chart(await (await fetch("/chart")).json());
  const stream = new EventSource("/stream");
  stream.addEventListener("tick", (event) => tick(JSON.parse(event.data)));
  stream.onerror = () => {
    by("pulse").className = "pulse lost";
    by("pulse").lastElementChild.textContent = "not connected";
  };
});
addEventListener("resize", () => history.at.length && chart({ at: [], bus: [], topic: [], latency: {} }));
