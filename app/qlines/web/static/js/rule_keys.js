// Which values the devices of a rule send, and what they are now: no key has to be known by heart.
import { call } from "./api.js";
import { shortNumber } from "./numbers.js";
import { valueText } from "./status.js";

const SAMPLED = 50; // devices whose values are looked at
const MAX_LISTED = 200; // as the API gives them
const MAX_TEXT = 24;

const shortened = (text) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** Return what these values are now, in a few words. */
function nowText(values) {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length !== values.length || !numbers.length) return shortened(valueText(values[0]));
  const [lowest, highest] = [Math.min(...numbers), Math.max(...numbers)].map(shortNumber);
  return lowest === highest ? lowest : `${lowest} to ${highest}`;
}

/** Return [{ key, now, value }, …] of rows as /api/data returns them, sorted by key; value is one device's. */
export function keysOf(rows) {
  const byKey = new Map();
  for (const { values } of rows) {
    for (const [key, { value }] of Object.entries(values ?? {})) byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => ({ key, now: nowText(values), value: values[0] }));
}

async function rowsOfProduct(product) {
  const { items } = await call(`/api/devices?${new URLSearchParams({ per_page: MAX_LISTED })}`);
  const ids = items.filter((device) => device.product === product).map(({ id }) => id);
  return ids.length ? (await call("/api/data/rows", { method: "POST", body: { devices: ids.slice(0, SAMPLED) } })).items : [];
}

const listed = async (query) => (await call(`/api/data?${new URLSearchParams({ per_page: SAMPLED, ...query })}`)).items;
const ROWS = {
  device: async (id) => [await call(`/api/devices/${id}/latest`)],
  tag: (tag) => listed({ tag }),
  product: rowsOfProduct,
  all: () => listed({ sort: "last_seen", order: "desc" }),
};

/** Fetch the keys of the devices of a scope; none while it is not chosen. */
export async function fetchScopeKeys({ type, value }) {
  return type === "all" || value ? keysOf(await ROWS[type](value)) : [];
}
