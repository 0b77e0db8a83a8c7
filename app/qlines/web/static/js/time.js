// Times as people read them: how long ago, with the exact time as a tooltip, in the viewer's zone.

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** The zone of all times: that of the address, so that a link shows the same; the one chosen on the page Account; the browser's. */
export const zone = usable(new URLSearchParams(window.location.search).get("zone"))
  ?? usable(document.querySelector('meta[name="qlines-time-zone"]')?.content) ?? browserZone;

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: zone });
const second = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", timeZone: zone });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeZone: zone });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone: zone });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const REFRESH_MS = 5000;
// The Date header has whole seconds, so a smaller difference is not a wrong clock.
const MIN_SKEW_MS = 2000;

/** Return the name of the zone, or null when it is empty or this browser does not know it. */
function usable(name) {
  try {
    return name && Intl.DateTimeFormat(undefined, { timeZone: name }) ? name : null;
  } catch {
    return null;
  }
}

// How far the browser's clock is ahead of the server's, which is the one that counts.
let skewMs = 0;

/** Learn the skew of the browser's clock from the Date header of a response. */
export function noteServerTime(header) {
  const date = Date.parse(header ?? "");
  if (date) skewMs = Math.abs(Date.now() - date) > MIN_SKEW_MS ? Date.now() - date : 0;
}

/** Return the server's time, epoch milliseconds. */
export const nowMs = () => Date.now() - skewMs;

export const exactTime = (ms) => `${exact.format(ms)} (${zone})`;

/** Return a text such as "11/27/26, 10:05", in the zone that the page names elsewhere. */
export const momentTime = (ms) => `${day.format(ms)}, ${clock.format(ms)}`;

/** Return a text such as "10:05". */
export const clockTime = (ms) => clock.format(ms);

/** Return a text such as "12:03:04", with the date when it is not today's. */
function secondTime(ms) {
  const date = day.format(ms);
  return date === day.format(nowMs()) ? second.format(ms) : `${date}, ${second.format(ms)}`;
}

/** Return a text such as "5 minutes ago". */
export function ago(ms) {
  const seconds = Math.min(0, (ms - nowMs()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", 1];
  return relative.format(Math.ceil(seconds / size), unit);
}

const FORMS = { exact: exactTime, second: secondTime };

/** Fill a <time data-ms="…"> element: with how long ago it was, or with data-exact or data-second the time itself. */
export function fillTime(node) {
  const ms = Number(node.dataset.ms);
  const form = Object.keys(FORMS).find((name) => name in node.dataset);
  node.textContent = (FORMS[form] ?? ago)(ms);
  node.dateTime = new Date(ms).toISOString();
  node.title = exactTime(ms);
}

/** Return a new <time> element, with how long ago it was or the time itself; refreshTimes() keeps it current. */
export function timeNode(ms, { isExact = false } = {}) {
  const node = document.createElement("time");
  node.dataset.ms = ms;
  if (isExact) node.dataset.exact = "";
  fillTime(node);
  return node;
}

/** Return a new <time> element such as "12:03:04", with the date when it is not today's. */
export function secondNode(ms) {
  const node = document.createElement("time");
  Object.assign(node.dataset, { ms, second: "" });
  fillTime(node);
  return node;
}

/** Fill every <time> element of the page, now and every few seconds. */
export function refreshTimes() {
  const refresh = () => document.querySelectorAll("time[data-ms]").forEach(fillTime);
  refresh();
  setInterval(refresh, REFRESH_MS);
}
