// What the chart shows: range and keys, kept in the address.

export const RANGES = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };
const DEFAULT_RANGE = "24h";
export const MOST_KEYS = 6;

/** Return { range, keys }; keys is null when the address names none. */
export function fromAddress(search = window.location.search) {
  const given = new URLSearchParams(search);
  const range = Object.hasOwn(RANGES, given.get("range") ?? "") ? given.get("range") : DEFAULT_RANGE;
  const keys = given.getAll("key").slice(0, MOST_KEYS);
  return { range, keys: given.has("key") ? keys.filter(Boolean) : null };
}

export function toAddress({ range, keys }) {
  const query = new URLSearchParams();
  if (range !== DEFAULT_RANGE) query.set("range", range);
  // A parameter each: a key may hold a comma. An empty one says "none", which is not the default.
  if (keys !== null) (keys.length ? keys : [""]).forEach((key) => query.append("key", key));
  const text = query.toString();
  window.history.replaceState(null, "", text ? `?${text}` : window.location.pathname);
}
