// What the page of an alarm says about it: the head, the facts, and what has happened.
import { endText, eventWords, findingOf, historyOf, isMuted, lastedText, severityBadge, severityWord, statusBadges } from "./alarm_words.js";
import { byId, make, showText } from "./dom.js";
import { valueText } from "./status.js";
import { secondNode, timeNode } from "./time.js";

const LATE_MS = 5000; // between a reading and its arrival: less is not worth saying

const both = (ms) => make("span", {}, timeNode(ms, { isExact: true }), " · ", timeNode(ms));

function lastValue({ last_value: value, last_ts: ms }, unit) {
  if (value === null || value === undefined) return null;
  return make("span", {}, unit ? `${valueText(value)} ${unit}` : valueText(value), ms ? " · " : "", ms ? timeNode(ms) : "");
}

function acknowledgedNode({ acknowledged, acknowledged_by: by, acknowledged_at: at }) {
  if (!acknowledged) return null;
  return make("span", {}, by ? `by ${by}` : "yes", at ? " · " : "", at ? timeNode(at) : "");
}

const pageLink = (isThere, href, text) => (isThere ? make("a", { href }, text) : text);

/** Return whether it is about what did not come: then no reading has made it. */
const isSilence = ({ value }) => value === null;
const decidedBy = (alarm) => (isSilence(alarm) ? "Silent since" : "Reading");

/** Return [label, node or text] of each fact that there is. */
function factsOf(alarm, unit, { hasDevice, hasRule }) {
  const raised = alarm.events.find(({ type }) => type === "raised");
  return [
    ["Device", pageLink(hasDevice, `/devices/${alarm.device}`, alarm.device_name)],
    ["Rule", pageLink(hasRule, `/alarm-rules/${alarm.rule}`, alarm.rule_name)],
    ["True since", both(alarm.started)],
    [decidedBy(alarm), raised?.ts ? both(raised.ts) : null],
    ["Noticed", both(alarm.raised)],
    ["Ended", alarm.ended ? both(alarm.ended) : null],
    [alarm.ended ? "Lasted" : "Lasts", lastedText(alarm)],
    ["Highest", alarm.highest !== alarm.severity ? severityWord(alarm.highest) : null],
    ["Last value", lastValue(alarm, unit)],
    ["True readings", alarm.count > 1 ? alarm.count.toLocaleString() : null],
    ["Acknowledged", acknowledgedNode(alarm)],
    ["Given to", alarm.assignee],
    ["Muted until", isMuted(alarm) ? both(alarm.muted_until) : null],
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
}

/** Return why nobody was sent a message, "" when somebody may have been. */
function quietText({ status, held_back: isHeldBack }) {
  if (status === "historic") return "The readings that made this alarm came so late that it was over already: nobody was sent a message.";
  return isHeldBack ? "Nobody was sent a message: the gateway of this device is away, which has an alarm of its own." : "";
}

/** Show the alarm in the head and the table of facts; displays are the device's labels and units, pages = { hasDevice, hasRule }. */
export function showFacts(alarm, displays, pages) {
  const unit = alarm.key ? displays.unit(alarm.key) : "";
  byId("alarm-severity").replaceChildren(severityBadge(alarm.severity));
  byId("alarm-status").replaceChildren(statusBadges(alarm));
  showText(byId("alarm-text"), `${findingOf(alarm)}. ${endText(alarm)}`);
  showText(byId("alarm-quiet"), quietText(alarm));
  const rows = factsOf(alarm, unit, pages).map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", { class: "qlines-break" }, value)));
  byId("facts").replaceChildren(...rows);
}

function eventItem(event, alarm) {
  const { what, text } = eventWords(event);
  const isLate = event.ts && !isSilence(alarm) && Math.abs(event.at - event.ts) > LATE_MS;
  const reading = isLate ? make("div", { class: "text-secondary" }, "by the reading of ", secondNode(event.ts)) : null;
  const said = text ? make("div", { class: "qlines-exact" }, text) : null;
  return make("li", { class: "list-group-item qlines-break" },
    make("div", { class: "qlines-item" }, make("span", {}, what), make("span", { class: "text-secondary text-nowrap" }, secondNode(event.at))), said, reading);
}

/** Show what has happened, the newest first. */
export function showHistory(alarm) {
  byId("history").replaceChildren(...historyOf(alarm).reverse().map((event) => eventItem(event, alarm)));
}
