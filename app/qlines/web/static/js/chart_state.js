// What the chart shows, range and keys: kept in the URL, so that Back undoes a zoom.
import { zone } from "./time.js";

export const RANGES = {
  live: 600_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000, "1y": 31_536_000_000,
};
const DEFAULT_RANGE = "24h";
const MIN_SPAN_MS = 1000;
const MAX_MS = 4_102_444_800_000; // the year 2100, the API's limit
export const MAX_KEYS = 6;

/**
 * Return { range, from, to, keys }. The range is one of RANGES, which ends now and moves, or null:
 * then the chart stands still from one time to the other (milliseconds). keys is null when the URL
 * does not name any.
 */
export function readUrl(search = window.location.search) {
  const query = new URLSearchParams(search);
  const keys = query.has("key") ? query.getAll("key").slice(0, MAX_KEYS).filter(Boolean) : null;
  const [from, to] = ["from", "to"].map((name) => Number(query.get(name)));
  if (from >= 0 && to > from && to <= MAX_MS) return { range: null, from, to, keys };
  const range = Object.hasOwn(RANGES, query.get("range") ?? "") ? query.get("range") : DEFAULT_RANGE;
  return { range, from: 0, to: 0, keys };
}

/** Return the part of the URL behind the path for a state, "" for the default. */
export function queryOf({ range, from, to, keys }) {
  const query = new URLSearchParams();
  if (range === null) {
    query.set("from", from);
    query.set("to", to);
    query.set("zone", zone); // everybody who opens the link reads the same times
  } else if (range !== DEFAULT_RANGE) query.set("range", range);
  // One parameter per key, because a key may contain a comma. An empty one means "no key".
  if (keys !== null) (keys.length ? keys : [""]).forEach((key) => query.append("key", key));
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** Add the state to the browser's history, unless it is the current one. */
export function pushUrl(state) {
  const query = queryOf(state);
  if (query !== window.location.search) window.history.pushState(null, "", query || window.location.pathname);
}

/** Return { from, to } of a state at this moment. */
export function spanOf({ range, from, to }, nowMs) {
  return range === null ? { from, to } : { from: nowMs - RANGES[range], to: nowMs };
}

/** Return the state that stands still from one time to the other, in whole milliseconds. */
export function fixed(state, from, to) {
  const middle = (from + to) / 2;
  const span = Math.round(Math.max(to - from, MIN_SPAN_MS));
  const start = Math.max(0, Math.min(MAX_MS - MIN_SPAN_MS, Math.round(middle - span / 2)));
  return { ...state, range: null, from: start, to: Math.min(MAX_MS, start + span) };
}

/** Return the span that is so many times as long and has moved by this share of the old one. */
export function stepped({ from, to }, { times = 1, shift = 0 }) {
  const middle = (from + to) / 2 + shift * (to - from);
  const half = ((to - from) * times) / 2;
  return { from: middle - half, to: middle + half };
}
