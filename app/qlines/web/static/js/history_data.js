// Fetches the series of the card "History".
import { call } from "./api.js";
import { longestWait } from "./chart_data.js";

/**
 * Return {key: [[ms, mean, lowest, highest], …]}, oldest first. request is { from, to, points }; the chart begins at
 * start, after from. One request per key: a key may contain the comma that separates keys in a list.
 */
export async function fetchSeries(deviceId, keys, { start, ...request }, signal) {
  const fetchOne = (query) => fetchKey(deviceId, query, signal);
  const series = await Promise.all(keys.map((key) => fetchFromStart({ ...request, keys: key }, start, fetchOne)));
  return Object.fromEntries(keys.map((key, i) => [key, series[i]]));
}

/** The line of a device that sends rarely begins with its last value before the chart: fetch that one too. */
async function fetchFromStart(query, start, fetchOne) {
  const points = await fetchOne({ ...query, agg: "band" });
  if (!points.length || points[0][0] <= start) return points;
  const from = Math.round(earliest(points, query));
  if (from >= query.from - 1) return points; // the API takes no empty range
  const before = await fetchOne({ ...query, agg: "last", points: 1, from, to: query.from - 1 });
  return [...before.map(([ts, value]) => [ts, value, null, null]), ...points];
}

/** Return when the value before the first one must have come, so that there is no gap between them. */
function earliest(points, { from, to }) {
  const wait = points.length > 1 ? longestWait(points.map(([ts]) => ts)) : to - from;
  return Math.max(0, points[0][0] - wait);
}

async function fetchKey(deviceId, query, signal) {
  const series = await call(`/api/devices/${deviceId}/readings?${new URLSearchParams(query)}`, { signal });
  return series[query.keys] ?? [];
}

/** Return the names of every key that the device has ever sent, sorted. */
export async function fetchKeys(deviceId) {
  return (await call(`/api/devices/${deviceId}/keys`)).sort();
}
