// The page /alarm-rules: every rule as a sentence, with its switch, and how it is doing.
import { call } from "./api.js";
import { byId, labelledCell, make, placeRows, wireCloseButtons } from "./dom.js";
import { hideFailure, showFailure } from "./failure.js";
import { newestOf } from "./newest_answer.js";
import { alarmsNode, errorNode, evaluatedNode } from "./rule_state.js";
import { trueNowSentence } from "./rule_true_now.js";
import { refreshTimes } from "./time.js";
import { done, failed, showDoneBefore } from "./toast.js";

const REFRESH_MS = 10_000;
const rows = new Map(); // id ▶ { node, rule }
const ask = newestOf(() => call("/api/alarm-rules"));

const nameNode = ({ id, name, sentence }) => make("div", {},
  make("a", { class: "fw-bold", href: `/alarm-rules/${id}` }, name), make("div", { class: "text-secondary" }, sentence));

// What a cell shows, and which facts decide that.
const CELLS = [
  ["Rule", { class: "qlines-key qlines-wide" }, ({ name, sentence }) => [name, sentence], nameNode],
  ["Alarms", {}, ({ active_alarms }) => active_alarms, alarmsNode],
  ["Evaluated", {}, ({ enabled, evaluated_at, lag_ms }) => [enabled, evaluated_at, lag_ms], evaluatedNode],
  ["Error", { class: "qlines-wide" }, ({ last_error }) => last_error ?? null, (rule) => errorNode(rule) ?? make("span", { class: "text-secondary" }, "none")],
];

function switchNode(rule) {
  const box = make("input", { class: "form-check-input", type: "checkbox", role: "switch", checked: rule.enabled, "aria-label": `${rule.name} is switched on` });
  box.addEventListener("change", () => turn(rule.id, box.checked).catch((error) => {
    box.checked = !box.checked; // it was not switched
    failed(error);
  }));
  return make("span", { class: "form-check form-switch qlines-switch" }, box);
}

function newRow(rule) {
  const cells = CELLS.map(([label, look, , nodeOf]) => labelledCell(label, look, nodeOf(rule)));
  return { rule, node: make("tr", {}, labelledCell("On", {}, switchNode(rule)), ...cells) };
}

function update(row, rule) {
  CELLS.forEach(([, , facts, nodeOf], i) => {
    if (JSON.stringify(facts(row.rule)) !== JSON.stringify(facts(rule))) row.node.children[1 + i].replaceChildren(nodeOf(rule));
  });
  if (row.rule.enabled !== rule.enabled) row.node.querySelector("input").checked = rule.enabled;
  row.rule = rule;
}

function show(rules) {
  for (const id of [...rows.keys()]) if (!rules.some((rule) => rule.id === id)) rows.delete(id);
  for (const rule of rules) {
    if (rows.has(rule.id)) update(rows.get(rule.id), rule);
    else rows.set(rule.id, newRow(rule));
  }
  placeRows(byId("rules"), rules.map(({ id }) => rows.get(id).node));
  byId("rules-table").hidden = !rules.length;
  byId("empty").hidden = rules.length > 0;
}

/** Load the list; show why that fails. */
async function refresh() {
  try {
    const rules = await ask();
    if (rules !== null) show(rules);
    hideFailure();
  } catch (error) {
    showFailure(error, refresh);
  }
}

/** Switch a rule on or off; one that is true now is asked about. */
async function turn(id, enabled, answer = {}) {
  try {
    const rule = await call(`/api/alarm-rules/${id}`, { method: "PATCH", body: { enabled, ...answer } });
    ask.outdate();
    update(rows.get(id), rule);
    done(enabled ? `${rule.name} is switched on.` : `${rule.name} is switched off.`);
  } catch (error) {
    const devices = error.problem?.true_now;
    if (!devices || answer.when_true_now) throw error;
    const chosen = await chosenFor(devices);
    if (chosen) await turn(id, enabled, { when_true_now: chosen });
    else rows.get(id).node.querySelector("input").checked = !enabled;
  }
}

/** Return "alarm" or "next", or "" when the dialog was closed. */
function chosenFor(devices) {
  const dialog = byId("true-now-dialog");
  byId("true-now-dialog-text").textContent = trueNowSentence(devices);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => (dialog.onclose = () => resolve(dialog.returnValue)));
}

wireCloseButtons(byId("true-now-dialog"));
for (const button of byId("true-now-dialog").querySelectorAll("[data-answer]")) {
  button.addEventListener("click", () => byId("true-now-dialog").close(button.dataset.answer));
}
refreshTimes();
showDoneBefore();
refresh();
setInterval(() => byId("true-now-dialog").open || document.hidden || refresh(), REFRESH_MS);
