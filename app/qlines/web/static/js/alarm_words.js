// What is said of an alarm: its severity, its state and what happened to it. A colour never says it alone.
import { make } from "./dom.js";
import { lengthOfTime } from "./durations.js";
import { nowMs } from "./time.js";

/** The severities, the most severe first, each with its word and the colour of its badge. */
export const SEVERITIES = {
  critical: ["Critical", "bg-red-lt"],
  major: ["Major", "bg-orange-lt"],
  minor: ["Minor", "bg-yellow-lt"],
  warning: ["Warning", "bg-azure-lt"],
  info: ["Information", "bg-secondary-lt"],
};
const STATUSES = {
  active: ["Active", "bg-red-lt"],
  cleared: ["Cleared", "bg-green-lt"],
  historic: ["In the past", "bg-secondary-lt"],
};
// Why an alarm ended, as the server calls it; another reason is said as the server gives it.
const ENDS = {
  reading: "The values are well again.",
  "by hand": "It was cleared by hand.",
  "no data": "It was closed because no more data came.",
  keep_for: "It was not true again for the time that the rule says.",
  back: "Readings arrive again.",
  "back online": "The device is connected again.",
  "rule removed": "Its rule was removed.",
  "rule changed": "Its rule was changed.",
  "too many rules and devices": "Its owner has too many rules and devices: the newest are left out.",
  "rule switched off": "Its rule was switched off.",
  "device removed": "The device was removed.",
  "device handed over": "The device has another owner now.",
};

export const severityWord = (severity) => SEVERITIES[severity]?.[0] ?? severity;
const statusWord = (status) => STATUSES[status]?.[0] ?? status;

const badge = (text, colour) => make("span", { class: `badge ${colour}` }, text);

/** Return the badge of a severity. */
export const severityBadge = (severity) => badge(severityWord(severity), SEVERITIES[severity]?.[1] ?? "bg-secondary-lt");

/** Return the badge of what an alarm is now; one that somebody has acknowledged is calmer. */
function statusBadge({ status, acknowledged }) {
  if (status !== "active") return badge(statusWord(status), STATUSES[status]?.[1] ?? "bg-secondary-lt");
  return acknowledged ? badge("Active, acknowledged", "bg-azure-lt") : badge("Active", STATUSES.active[1]);
}

/** Return whether nobody is sent a message about the rule and the device of an alarm now. */
export const isMuted = ({ muted_until: until }) => until > nowMs();

/** Return the badges of what an alarm is now, and of whether it is muted. */
export const statusBadges = (alarm) => make("span", {}, statusBadge(alarm), ...(isMuted(alarm) ? [" ", badge("Muted", "bg-secondary-lt")] : []));

/** Return whether somebody should still look at the alarm. */
export const isWaiting = ({ status, acknowledged }) => !acknowledged && status !== "historic";

/** Return how long the alarm lasted, or lasts by now. */
export const lastedText = ({ started, ended }) => lengthOfTime(((ended ?? nowMs()) - started) / 1000);

/** Return why the alarm ended, "" while it has not. */
export const endText = ({ status, end_reason: reason }) => (status === "active" ? "" : reasonText(reason));

const reasonText = (reason) => ENDS[reason] ?? (reason ? `It ended: ${reason}.` : "");

/** Return what is wrong, "temperature 84.2 is above 80": the title without the device, which stands beside it. */
export function findingOf({ title, device_name: name }) {
  // The server shortens a long name, with an ellipsis.
  const [shortened] = title.split("…: ");
  const prefix = title.startsWith(`${name}: `) || !name.startsWith(shortened) ? `${name}: ` : `${shortened}…: `;
  return title.startsWith(prefix) ? title.slice(prefix.length) : title;
}

const byWhom = (by) => (by ? ` by ${by}` : "");
const mutedSeconds = (text) => Number.parseInt(text, 10) || 0; // as the server writes it: "3600 s"
const severityOf = ({ severity }) => severityWord(severity ?? "").toLowerCase();

// What happened, and what was said with it.
const EVENTS = {
  raised: (event) => [event.severity ? `The alarm began: ${severityOf(event)}` : "The alarm began", ""],
  severity: (event) => [`Now ${severityOf(event)}`, ""],
  cleared: ({ by, text }) => (by ? [`Cleared${byWhom(by)}`, ""] : ["The alarm ended", reasonText(text)]),
  acknowledged: ({ by }) => [`Acknowledged${byWhom(by)}`, ""],
  assigned: ({ by, text }) => [`${text ? `Given to ${text}` : "Given to nobody"}${by && by !== text ? byWhom(by) : ""}`, ""],
  commented: ({ by, text }) => [`Comment${byWhom(by)}`, text],
  muted: ({ by, text }) => [mutedSeconds(text) ? `Muted for ${lengthOfTime(mutedSeconds(text))}${byWhom(by)}` : `The silence was ended${byWhom(by)}`, ""],
};

/** Return what happened, and what was said with it, as { what, text }. */
export function eventWords(event) {
  const [what, text] = EVENTS[event.type]?.(event) ?? [event.type, event.text];
  return { what, text: text ?? "" };
}

/** Return everything that has happened to an alarm, the oldest first: comments are there with what they say. */
export function historyOf({ events, comments }) {
  const written = comments.map((comment) => ({ ...comment, type: "commented" }));
  return [...events.filter(({ type }) => type !== "commented"), ...written].sort((a, b) => a.at - b.at);
}
