// What was sent to a channel, and what became of it.
import { severityBadge } from "./alarm_words.js";
import { call } from "./api.js";
import { byId, make } from "./dom.js";
import { hideFailure, showFailure } from "./failure.js";
import { newestOf } from "./newest_answer.js";
import { timeNode } from "./time.js";

const list = byId("deliveries");
const STATES = JSON.parse(list.dataset.states); // state ▶ its word and the colour of its badge
const WORDS = {
  "alarm.raised": "An alarm began", "alarm.severity": "An alarm became more severe", "alarm.cleared": "An alarm ended",
  "alarm.assigned": "An alarm was given to you", "alarm.escalation": "An alarm that nobody has acknowledged",
  "alarm.reminder": "A reminder of an alarm", "alarm.restored": "An alarm that was active after a restore",
};

const what = ({ type, subject }) => [WORDS[type], subject].filter(Boolean).join(": ") || type;

/** Return the deliveries in lists of those that left as one message, with what became of it, in their order. */
function inMessages(deliveries) {
  const lists = new Map();
  for (const one of deliveries) {
    const key = one.message ? `${one.message} ${one.state}` : one; // one of them may be dropped before the next attempt
    lists.set(key, [...(lists.get(key) ?? []), one]);
  }
  return [...lists.values()];
}

function line(delivery, ...badges) {
  const { alarm, severity } = delivery;
  return make("div", { class: "qlines-break" }, alarm ? make("a", { href: `/alarms/${alarm}` }, what(delivery)) : what(delivery),
    " ", severity ? severityBadge(severity) : null, ...badges);
}

/** Return the part that opens to show what else the message was about, null for nothing. */
function othersPart(others) {
  if (!others.length) return null;
  return make("details", { "data-message": others[0].message }, make("summary", {}, `and ${others.length} more in the same message`), ...others.map((one) => line(one)));
}

function item([delivery, ...others]) {
  const { ts, state, sentence, attempts, due_at: due } = delivery;
  const [word, colour] = STATES[state] ?? [state, "bg-secondary-lt"];
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  const next = due ? make("div", { class: "text-secondary" }, attempts ? "Next attempt at " : "To be sent at ", timeNode(due, { isExact: true })) : null;
  return make("div", { class: "list-group-item" },
    line(delivery, " ", make("span", { class: `badge ${colour}` }, word)), othersPart(others),
    make("div", { class: "text-secondary" }, timeNode(ts), tries),
    sentence ? make("div", { class: "qlines-break" }, sentence) : null, next);
}

const empty = () => make("div", { class: "list-group-item text-secondary" }, "Nothing yet. Each message is named here, with the reason when it does not arrive.");

function show(deliveries) {
  const opened = [...list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.message);
  list.replaceChildren(...(deliveries.length ? inMessages(deliveries).map(item) : [empty()]));
  for (const details of list.querySelectorAll("details")) details.open = opened.includes(details.dataset.message);
}

/** Return loadDeliveries(), which shows the newest messages to the channel at that path of the API, or why it cannot. */
export function deliveriesOf(path) {
  const ask = newestOf(() => call(`${path}/deliveries`));
  let shown = ""; // while it is the same, what is focused or selected stays so
  return async function loadDeliveries() {
    try {
      const deliveries = await ask();
      if (deliveries === null) return;
      const newest = JSON.stringify(deliveries);
      if (newest !== shown) show(deliveries);
      shown = newest;
      hideFailure();
    } catch (error) {
      showFailure(error, loadDeliveries);
    }
  };
}
