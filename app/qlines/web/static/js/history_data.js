// Fetches the series of the card "History".
import { call } from "./api.js";

/**
 * Return {key: [[ms, mean, lowest, highest], …]}, oldest first. request is { from, to, points }. One
 * request per key: a key may contain the comma that separates keys in a list.
 */
export async function fetchSeries(deviceId, keys, request, signal) {
  const series = await Promise.all(keys.map((key) => fetchKey(deviceId, { ...request, agg: "band", keys: key }, signal)));
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
