// What a command's state means, in words for people who have never heard of MQTT.
import { make } from "./dom.js";
import { valueText } from "./status.js";
import { secondNode } from "./time.js";

const OPEN = ["queued", "sent", "delivered"];
const BADGES = {
  queued: ["Waiting", "bg-yellow-lt"],
  sent: ["Sent", "bg-azure-lt"],
  delivered: ["Delivered", "bg-azure-lt"],
  answered: ["Answered", "bg-green-lt"],
  failed: ["Failed", "bg-red-lt"],
  expired: ["Expired", "bg-red-lt"],
};
const STEPS = [["Queued", "created_at"], ["Sent", "sent_at"], ["Delivered", "delivered_at"], ["Answered", "answered_at"]];

/** Return whether the command may still change its state; one without an answer ends when it is delivered. */
export const isOpen = ({ state, ended_at: endedAt }) => OPEN.includes(state) && endedAt === null;

const BY = "cancelled by "; // how the error of a cancelled one begins
const CANCELLED = ["Cancelled", "bg-secondary-lt"];

const isCancelled = ({ state, error }) => state === "failed" && error.startsWith(BY);

function stateBadge(command) {
  const [word, colour] = isCancelled(command) ? CANCELLED : BADGES[command.state];
  return make("span", { class: `badge ${colour}` }, word);
}

const times = (count) => (count === 1 ? "once" : `${count} times`);

/** Return what a queued command waits for. */
function cause({ attempts, isBehind }) {
  if (isBehind) return "for the command before it";
  return attempts ? `for the device to connect again (it was sent ${times(attempts)}, and not taken)` : "for the device to connect";
}

const ended = ({ ended_at: at, error }) => [secondNode(at), `: ${error}.`];

// What follows the word of the badge.
const SENTENCES = {
  queued: (command) => [`${cause(command)}, until `, secondNode(command.expires_at), "."],
  sent: ({ sent_at: at }) => [secondNode(at), ". Waiting for the device to take it."],
  delivered: ({ delivered_at: at, two_way: isTwoWay }) => [secondNode(at), `: the device has it.${isTwoWay ? " Waiting for its answer." : ""}`],
  answered: ({ answered_at: at, answer }) => [secondNode(at), ": ", shortAnswer(answer)],
  failed: (command) => (isCancelled(command) ? [secondNode(command.ended_at), ` by ${command.error.slice(BY.length)}.`] : ended(command)),
  expired: ended,
};

/** Return the state as a sentence, texts and nodes, that begins with a badge: "Sent 12:03:04. Waiting for the device to take it." */
export const stateSentence = (command) => [stateBadge(command), " ", ...SENTENCES[command.state](command)];

/** The same without what the device answered. */
export const stateWithoutAnswer = (command) => (command.state === "answered" ? [stateBadge(command)] : stateSentence(command));

/** Return the steps that were taken, with their times, as a list. */
export function stepList(command) {
  const now = OPEN.indexOf(command.state); // what is queued again was sent before, but is not now
  const taken = STEPS.filter(([, field], at) => command[field] !== null && (now < 0 || at <= now));
  const items = taken.map(([word, field]) => make("li", {}, `${word} `, secondNode(command[field])));
  return make("ol", { class: "qlines-steps", "aria-label": "Steps of the command" }, ...items);
}

const MAX_SHORT = 120;

/** Return the answer as one line of text, shortened. */
export function shortAnswer(answer) {
  const text = answerText(answer);
  return text.length > MAX_SHORT ? `${text.slice(0, MAX_SHORT)}…` : text;
}

/** Return the answer as one line: a value as it is, an object as "key: value". */
export function answerText(answer) {
  if (answer === null) return "";
  if ("text" in answer) return answer.text.trim() || "(empty)";
  const { json } = answer;
  if (json === null || typeof json !== "object" || Array.isArray(json)) return valueText(json);
  return Object.entries(json).map(([key, value]) => `${key}: ${valueText(value)}`).join(", ") || "{}";
}

/** Return what the one line lacks: the whole answer, indented; "" when the line says all. */
export function wholeAnswer(answer) {
  const isNested = Object.values(Object(answer?.json)).some((value) => value !== null && typeof value === "object");
  if (answer === null || (!isNested && answerText(answer).length <= MAX_SHORT)) return "";
  return "json" in answer ? JSON.stringify(answer.json, null, 2) : answer.text;
}
