// Shows a device's status and values as text; the status is never shown by colour alone.
import { make } from "./dom.js";
import { numberText } from "./numbers.js";
import { timeNode } from "./time.js";

const COLOURS = { online: "bg-green-lt", offline: "bg-red-lt", never: "bg-secondary-lt", removed: "bg-secondary-lt" };
const WORDS = { online: "Online", offline: "Offline", never: "Never seen", removed: "Removed" };

export const statusWord = (status) => WORDS[status];
export const statusBadge = (status) => make("span", { class: `badge ${COLOURS[status]}` }, statusWord(status));

/** Return when the device was last seen; offline without a time means that ClickHouse is away. */
export function seenNode(ms, status) {
  if (ms !== null) return timeNode(ms);
  return make("span", { class: "text-secondary" }, status === "never" ? "never" : "unknown");
}

/** Return the value as text; numbers are not rounded. */
export function valueText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}
