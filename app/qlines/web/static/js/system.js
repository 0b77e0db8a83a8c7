// The page /system: what is wrong and what to do, the last day in small charts, and every program.
import { call } from "./api.js";
import { byId, labelledCell, make, showText } from "./dom.js";
import { showFailure } from "./failure.js";
import { prose } from "./prose.js";
import { DayCharts } from "./system_charts.js";
import { refreshTimes, timeNode } from "./time.js";

const REFRESH_MS = 5000;
const DAY_MS = 60_000;
const COLOURS = { ok: "bg-green-lt", degraded: "bg-yellow-lt", down: "bg-red-lt", starting: "bg-azure-lt", blocked: "bg-yellow-lt", failed: "bg-red-lt" };
const WORDS = { ok: "Everything is well", degraded: "Something is wrong", down: "Down" };
const shown = new Map(); // element id ▶ the JSON that it shows: what is unchanged is left alone

const badge = (status, text = status) => make("span", { class: `badge ${COLOURS[status]}` }, text);

/** Replace the element's children by those of the items, unless they are the same as before. */
function show(id, items, nodeOf) {
  const json = JSON.stringify(items);
  if (shown.get(id) === json) return;
  shown.set(id, json);
  byId(id).replaceChildren(...items.map(nodeOf));
}

function problemItem({ sentence, remedy }) {
  return make("li", { class: "list-group-item qlines-break" },
    make("div", {}, badge("failed", "wrong"), " ", ...prose(sentence)),
    remedy ? make("div", { class: "text-secondary mt-1" }, "What to do: ", ...prose(remedy), ".") : null);
}

const wellItem = () => make("li", { class: "list-group-item text-secondary" }, "Nothing is wrong, and there is nothing to do.");

function factRow({ name, sentence }) {
  return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, ...prose(sentence)));
}

function programRow({ name, status, since, sentence, restarts_last_hour: restarts }) {
  return make("tr", {},
    labelledCell("Name", { class: "text-nowrap" }, name),
    labelledCell("Status", {}, badge(status)),
    labelledCell("Since", {}, timeNode(since)),
    labelledCell("Restarts", { class: "qlines-number" }, String(restarts)),
    labelledCell("It says", { class: "qlines-wide" }, make("span", {}, ...prose(sentence))));
}

async function load() {
  const report = await call("/api/system");
  show("system-status", [report.status], (status) => badge(status, WORDS[status]));
  show("system-since", report.since === null ? [] : [report.since], (since) => make("span", {}, "since ", timeNode(since)));
  if (document.getElementById("system-role")) byId("system-role").textContent = report.role ? `, ${report.role}` : "";
  show("problems", report.problems.length ? report.problems : [null], (problem) => (problem ? problemItem(problem) : wellItem()));
  show("facts", report.facts, factRow);
  show("programs", report.programs, programRow);
}

/** Call it now and then, except in a page that nobody sees; show why it fails. */
function repeat(every, task) {
  const run = () => document.hidden || task().then(() => showText(byId("notice"), ""), (error) => showFailure(error, run));
  run();
  setInterval(run, every);
  document.addEventListener("visibilitychange", run);
}

const charts = new DayCharts();
refreshTimes();
repeat(REFRESH_MS, load);
repeat(DAY_MS, async () => charts.show(await call("/api/system/day")));
