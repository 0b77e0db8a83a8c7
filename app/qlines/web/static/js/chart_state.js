// What the chart shows, range and keys: kept in the URL.

export const RANGES = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };
const DEFAULT_RANGE = "24h";
export const MAX_KEYS = 6;

/** Return { range, keys }; keys is null when the URL does not name any. */
export function readUrl(search = window.location.search) {
  const query = new URLSearchParams(search);
  const range = Object.hasOwn(RANGES, query.get("range") ?? "") ? query.get("range") : DEFAULT_RANGE;
  const keys = query.getAll("key").slice(0, MAX_KEYS);
  return { range, keys: query.has("key") ? keys.filter(Boolean) : null };
}

/** Write the state to the URL without adding to the browser's history. */
export function writeUrl({ range, keys }) {
  const query = new URLSearchParams();
  if (range !== DEFAULT_RANGE) query.set("range", range);
  // One parameter per key, because a key may contain a comma. An empty one means "no key".
  if (keys !== null) (keys.length ? keys : [""]).forEach((key) => query.append("key", key));
  const text = query.toString();
  window.history.replaceState(null, "", text ? `?${text}` : window.location.pathname);
}
