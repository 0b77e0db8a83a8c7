// How a rule is doing: when it was evaluated last, how far behind it is, what failed, and its active alarms.
import { byId, make } from "./dom.js";
import { lengthOfTime } from "./durations.js";
import { timeNode } from "./time.js";

const MIN_LAG_MS = 5000; // a smaller one is nothing to know

/** Return when the rule was evaluated last, with how far that is behind. */
export function evaluatedNode({ enabled, evaluated_at: at, lag_ms: lag }) {
  if (!enabled) return make("span", { class: "text-secondary" }, "switched off");
  if (!at) return make("span", { class: "text-secondary" }, "not yet");
  const late = lag > MIN_LAG_MS ? ` · ${lengthOfTime(lag / 1000)} behind` : "";
  return make("span", {}, timeNode(at), late);
}

/** Return what failed last, null for nothing. */
export function errorNode({ last_error: error }) {
  if (!error) return null;
  return make("span", { class: "text-danger qlines-break" }, `${error.sentence} `, error.at ? timeNode(error.at) : "");
}

/** Return the link to the rule's active alarms, or "none". */
export function alarmsNode({ id, active_alarms: count }) {
  if (!count) return make("span", { class: "text-secondary" }, "none");
  return make("a", { href: `/alarms?rule=${id}` }, count === 1 ? "1 alarm" : `${count.toLocaleString()} alarms`);
}

/** Show it on the page of the rule. */
export function showRuleState(rule) {
  const facts = [["Evaluated", evaluatedNode(rule)], ["Active alarms", alarmsNode(rule)], ["Last error", errorNode(rule)]];
  const nodes = facts.filter(([, node]) => node).map(([label, node]) => make("span", {}, make("strong", {}, `${label}: `), node));
  byId("rule-state").replaceChildren(...nodes);
  byId("rule-state-card").hidden = false;
}
