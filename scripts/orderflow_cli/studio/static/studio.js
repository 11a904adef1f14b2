"use strict";
// Numbers, dots and charts arrive as JSON; everything else arrives as HTML through htmx.
const byId = (id) => document.getElementById(id);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const FINAL = new Set(["delivered", "cancelled", "refunded"]);
const MAX_DOTS = 160;
const number = new Intl.NumberFormat("en"), compact = new Intl.NumberFormat("en", { notation: "compact" });

// The flow: each node's counters, state and problem.
let nodes = {};
function showNode(id, [count, waiting, dead, state, why]) {
  const node = byId(id);
  if (!node) return;
  node.querySelector(".count").textContent = number.format(count);
  node.classList.toggle("is-off", state === "off");
  node.classList.toggle("is-failing", state === "failing");
  node.classList.toggle("has-waiting", waiting > 0 && state !== "off" && !dead);
  node.classList.toggle("has-dead", dead > 0);
  const badge = state === "off" ? "off" : dead ? `✕ ${dead}` : state === "failing" ? "!" : waiting ? number.format(waiting) : "";
  node.querySelector(".badge text").textContent = badge;
  const details = [];
  if (waiting) details.push(`${waiting} waiting`);
  if (dead) details.push(`${dead} dead-letter message${dead === 1 ? "" : "s"}`);
  if (why) details.push(why);
  node.setAttribute("aria-label", `${node.dataset.label} ${number.format(count)} ${badge}`.trim() + (details.length ? `: ${details.join(", ")}` : ""));
}

function showTable() {
  if (!byId("flow-table").open) return;
  const rows = Object.entries(nodes).map(([id, [count, waiting, dead, state, why]]) => {
    const row = document.createElement("tr");
    for (const [text, figure] of [[byId(id)?.dataset.label ?? id], [number.format(count), true], [number.format(waiting), true], [number.format(dead), true], [why || state]]) {
      const cell = row.appendChild(document.createElement("td"));
      cell.textContent = text;
      if (figure) cell.className = "number";
    }
    return row;
  });
  byId("flow-table").querySelector("tbody").replaceChildren(...rows);
}

// Moving dots: for each event, one along each of its paths.
const dots = [];
const DOT_KINDS = [[/^OrderPlaced/, "placed"], [/^Payment(Requested|Captured)/, "money"], [/^OrderShipped|^OrderDelivered/, "goods"], [/^Refund|Declined|Rejected|Deadline|Deleted/, "undone"]];
const dotKind = (type) => DOT_KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? "change";

function sendDot(kind, edges, delay, then) {
  const paths = edges.map(byId).filter(Boolean);
  if (!paths.length) return then?.(delay);
  if (dots.length >= MAX_DOTS) return;
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  circle.setAttribute("r", 5.5);
  circle.classList.add(kind);
  dots.push({ circle, paths, lengths: paths.map((path) => path.getTotalLength()), at: performance.now() + delay, then });
  if (dots.length === 1) requestAnimationFrame(animate);
}

function animate(now) {
  for (let index = dots.length - 1; index >= 0; index--) {
    const dot = dots[index];
    let distance = (now - dot.at) * 0.28;
    if (distance < 0) continue;
    if (!dot.circle.parentNode) byId("dots")?.append(dot.circle);
    let edge = 0;
    while (edge < dot.paths.length && distance > dot.lengths[edge]) distance -= dot.lengths[edge++];
    if (edge === dot.paths.length || !dot.paths[edge].isConnected) {
      dot.circle.remove();
      dots.splice(index, 1);
      dot.then?.(0);
    } else {
      const point = dot.paths[edge].getPointAtLength(distance);
      dot.circle.setAttribute("cx", point.x);
      dot.circle.setAttribute("cy", point.y);
    }
  }
  if (dots.length) requestAnimationFrame(animate);
}

function animateEvents(events) {
  if (document.hidden) return;
  events.forEach(({ type, paths: [sharedPath, ...branches] }, index) => {
    if (reducedMotion.matches) {
      [sharedPath, ...branches].flat().forEach((edge) => flash(byId(edge)));
      return;
    }
    sendDot(dotKind(type), sharedPath, index * (950 / events.length), () => branches.forEach((branch) => sendDot(dotKind(type), branch, 0)));
  });
}

function flash(edge) {
  if (!edge) return;
  edge.classList.add("busy");
  setTimeout(() => edge.classList.remove("busy"), 900);
}

// Handles one update from the event stream.
let orderCounts = "", deadCount = -1, refreshedAt = 0;
function showUpdate(update) {
  byId("pulse").className = "pulse live";
  byId("pulse").lastElementChild.textContent = "live";
  if (Object.keys(update.nodes).some((id) => !byId(id))) htmx.trigger(document.body, "flow");
  nodes = update.nodes;
  for (const [id, node] of Object.entries(nodes)) showNode(id, node);
  showTable();
  animateEvents(update.animated_events);
  const counts = Object.entries(update.orders);
  const sum = (matches) => counts.reduce((total, [state, count]) => total + (matches(state) ? count : 0), 0);
  byId("n-orders").textContent = number.format(sum(() => true));
  byId("n-open").textContent = number.format(sum((state) => !FINAL.has(state)));
  byId("n-settled").textContent = number.format(sum((state) => FINAL.has(state)));
  byId("n-waiting").textContent = number.format(Object.values(nodes).reduce((total, node) => total + node[1], 0));
  byId("n-dead").textContent = number.format(update.dead);
  byId("n-dead").parentNode.classList.toggle("some", update.dead > 0);
  for (const state of document.querySelectorAll("[id^=state-]")) state.textContent = number.format(update.orders[state.id.slice(6)] ?? 0);
  byId("problem").hidden = !update.problem;
  byId("problem").textContent = update.problem;
  const newCounts = JSON.stringify(update.orders);
  if (newCounts !== orderCounts) htmx.trigger(byId("orders"), "update");
  orderCounts = newCounts;
  if (update.dead !== deadCount) htmx.trigger(byId("dead"), "dead");
  deadCount = update.dead;
  const shown = document.querySelector(".trace");
  if (shown && performance.now() - refreshedAt > 2000 && (update.animated_events.some((one) => one.order === shown.dataset.order) || shown.dataset.complete === "no")) {
    refreshedAt = performance.now();
    htmx.trigger(shown, "again");
  }
  if (update.chart) chart(update.chart);
}

// Charts: ten minutes, in steps of five seconds.
const MAX_POINTS = 120;
const COLOURS = ["--placed", "--refunding", "--shipped", "--paid", "--delivered"];
const history = { at: [], bus: [], topic: [], latency: {} };
const plots = {};

function chart(update) {
  update.at.forEach((at, index) => {
    let position = history.at.indexOf(at);
    if (position < 0) {
      position = history.at.push(at) - 1;
      for (const line of Object.values(history.latency)) line.push(null);
    }
    history.bus[position] = update.bus[index];
    history.topic[position] = update.topic[index];
    for (const [name, line] of Object.entries(update.latency)) {
      history.latency[name] ??= history.at.map(() => null);
      history.latency[name][position] = line[index];
    }
  });
  const excess = history.at.length - MAX_POINTS;
  if (excess > 0) for (const line of [history.at, history.bus, history.topic, ...Object.values(history.latency)]) line.splice(0, excess);
  const recent = [...history.bus.slice(-3), ...history.topic.slice(-3)];
  byId("n-rate").textContent = number.format(Math.round((recent.reduce((total, one) => total + one, 0) / 3) * 10) / 10);
  draw("throughput", ["bus", "topic"], [history.bus, history.topic], "");
  const names = Object.keys(history.latency).sort();
  draw("latency", names.map((name) => name.replaceAll("_", " ")), names.map((name) => history.latency[name]), " ms");
}

function draw(id, names, lines, unit) {
  const container = byId(id);
  if (!container) return;
  const style = getComputedStyle(document.documentElement);
  const key = names.join() + style.getPropertyValue("--card") + container.clientWidth;
  const data = [history.at, ...lines];
  if (plots[id]?.key !== key) {
    plots[id]?.plot.destroy();
    const ink = style.getPropertyValue("--soft"), line = style.getPropertyValue("--line");
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px system-ui, sans-serif" };
    const series = names.map((label, index) => ({ label, stroke: style.getPropertyValue(COLOURS[index % COLOURS.length]), width: 2, spanGaps: true, points: { show: false }, value: (plot, value) => (value == null ? "–" : number.format(Math.round(value * 10) / 10) + unit) }));
    const options = { width: container.clientWidth, height: 180, series: [{ value: (plot, at) => (at == null ? "–" : new Date(at * 1000).toISOString().slice(11, 19)) }, ...series], axes: [{ ...axis, values: (plot, all) => all.map((at) => new Date(at * 1000).toISOString().slice(11, 16)) }, { ...axis, size: 60, values: (plot, all) => all.map((value) => compact.format(value)) }], scales: { y: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.15] } }, cursor: { points: { size: 7 } } };
    plots[id] = { key, plot: new uPlot(options, data, container) };
  } else plots[id].plot.setData(data);
  const latest = (line) => [...line].reverse().find((value) => value != null);
  byId(`${id}-text`).textContent = names.map((name, index) => `${name} ${latest(lines[index]) ?? "no value yet"}${unit}`).join(", ");
}

// User actions.
function updateOrderBody() {
  const body = JSON.parse(byId("body").defaultValue);
  body.channel = byId("channel").value;
  body.lines = [{ sku: byId("sku").value, quantity: byId("quantity").valueAsNumber }];
  byId("body").value = JSON.stringify(body, null, 2);
}

document.addEventListener("click", (event) => {
  const target = (name) => event.target.closest(`[data-${name}]`)?.dataset[name];
  if (target("opens")) {
    byId("answer").replaceChildren();
    byId(target("opens")).showModal();
  }
  if (target("closes")) byId(target("closes")).close();
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
  if (["sku", "quantity", "channel"].includes(event.target.id)) updateOrderBody();
});
document.addEventListener("htmx:after:swap", (event) => {
  const shown = document.querySelector(".trace")?.dataset.order;
  for (const row of document.querySelectorAll("tr.shown")) row.classList.remove("shown");
  byId(`row-${shown}`)?.classList.add("shown");
  const source = event.detail.ctx?.sourceElement;
  if (source?.matches?.("dialog form") && document.querySelector("#answer .notice:not(.failed)")) {
    byId("place").close();
    byId("notice").replaceChildren(...byId("answer").children);
    byId("placed")?.focus();
  }
  if (source?.matches?.("button.link")) {
    byId("trace").scrollTop = 0;
    byId("trace-title").focus({ preventScroll: innerWidth > 1000 });
  }
});

document.addEventListener("DOMContentLoaded", async () => {
  chart(await (await fetch("/chart")).json());
  const stream = new EventSource("/stream");
  stream.addEventListener("update", (event) => showUpdate(JSON.parse(event.data)));
  stream.onerror = () => {
    byId("pulse").className = "pulse lost";
    byId("pulse").lastElementChild.textContent = "not connected";
  };
});
addEventListener("resize", () => history.at.length && chart({ at: [], bus: [], topic: [], latency: {} }));
