// Fetches the series of the card "History".
import { call } from "./api.js";

/**
 * Return {key: [[ms, value], …]}, averages over buckets, oldest first. One request per key: a key
 * may contain the comma that separates keys in a list.
 */
export async function fetchSeries(deviceId, keys, { from, to, points }, signal) {
  const query = { from: Math.round(from), to: Math.round(to), points, agg: "avg" };
  const series = await Promise.all(keys.map((key) => fetchKey(deviceId, { ...query, keys: key }, signal)));
  return Object.fromEntries(keys.map((key, i) => [key, series[i]]));
}

async function fetchKey(deviceId, query, signal) {
  const series = await call(`/api/devices/${deviceId}/readings?${new URLSearchParams(query)}`, { signal });
  return series[query.keys] ?? [];
}

/** Return the names of every key that the device has ever sent, sorted. */
export async function fetchKeys(deviceId) {
  return (await call(`/api/devices/${deviceId}/keys`)).sort();
}
