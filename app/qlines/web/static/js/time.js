// Times as people read them: how long ago, with the exact time as the title. In the browser's zone.

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// The server's clock is the one that counts; a browser's may be wrong by hours.
let aheadMs = 0;

/** Learn how far the browser's clock is ahead of the server's, from an answer's Date header. */
export function noteServerTime(header) {
  const date = Date.parse(header ?? "");
  // The header has whole seconds: a smaller difference is none.
  if (date) aheadMs = Math.abs(Date.now() - date) > 2000 ? Date.now() - date : 0;
}

export const nowMs = () => Date.now() - aheadMs;

export const exact = (ms) => `${exactly.format(ms)} (${zone})`;

/** Return "5 minutes ago". */
export function ago(ms) {
  const seconds = Math.min(0, (ms - nowMs()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", 1];
  return relative.format(Math.ceil(seconds / size), unit);
}

/** Fill a <time data-ms="…"> element. */
export function fill(node) {
  const ms = Number(node.dataset.ms);
  node.textContent = ago(ms);
  node.dateTime = new Date(ms).toISOString();
  node.title = exact(ms);
}

/** Return a new <time> element that keeps itself true. */
export function timeNode(ms) {
  const node = document.createElement("time");
  node.dataset.ms = ms;
  fill(node);
  return node;
}

/** Fill every <time> of the page, now and every few seconds. */
export function keepTimesTrue() {
  const all = () => document.querySelectorAll("time[data-ms]").forEach(fill);
  all();
  setInterval(all, 5000);
}
