// Prepares bands for the chart: pure functions over [[ms, mean, lowest, highest], …], oldest first.

const MISSED_STEPS = 3;
const EMPTY_BUCKETS = 2;

const isDrawable = (value) => typeof value === "number" || typeof value === "boolean";

/** Return the band as columns: seconds, lowest, highest, mean. Booleans become 1 and 0, others are left out. */
export function columnsOf(points) {
  const usable = points.filter(([, mean]) => isDrawable(mean));
  return [
    usable.map(([ts]) => ts / 1000),
    usable.map(([, mean, lowest]) => lowest ?? Number(mean)),
    usable.map(([, mean, , highest]) => highest ?? Number(mean)),
    usable.map(([, mean]) => Number(mean)),
  ];
}

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/**
 * Return after how many seconds without a value there is a gap: three of the device's intervals and two
 * buckets, whichever is longer. The interval is the middle step between two values. Where most buckets
 * have a band, they hold several values each, and the interval is shorter than the steps show.
 */
function longestStep([times, lowest, highest], bucketSeconds) {
  const buckets = EMPTY_BUCKETS * bucketSeconds;
  const holdsSeveral = middle(times.map((_time, i) => Number(highest[i] > lowest[i])));
  return holdsSeveral ? buckets : Math.max(buckets, longestWait(times));
}

/** Return three middle steps between these times, 0 for fewer than two. */
export const longestWait = (times) => MISSED_STEPS * middle(times.slice(1).map((time, i) => time - times[i]));

/**
 * Return the columns with a null in each but the first wherever nothing arrived for too long: an outage
 * is drawn as a gap and not as a line, in the mean and in the band alike.
 */
export function withGaps(columns, bucketSeconds) {
  const [times] = columns;
  const longest = longestStep(columns, bucketSeconds);
  const found = columns.map(() => []);
  times.forEach((time, i) => {
    const isGap = i && time - times[i - 1] > longest;
    if (isGap) [(times[i - 1] + time) / 2, null, null, null].forEach((cell, at) => found[at].push(cell));
    columns.forEach((column, at) => found[at].push(column[i]));
  });
  return found;
}

/**
 * Return the points followed by live readings [[ms, value], …] that are newer and within the span. One
 * point before the span stays: the line of a device that sends rarely begins there.
 */
export function appendPoints(points, readings, { from, to }) {
  const last = points.length ? points[points.length - 1][0] : -Infinity;
  const newer = readings.filter(([ts]) => ts > last && ts <= to).map(([ts, value]) => [ts, value, null, null]);
  const before = points.filter(([ts]) => ts < from).slice(-1);
  return [...before, ...points.filter(([ts]) => ts >= from), ...newer];
}

/** Return uPlot's data for these keys of {key: points}: times, then three columns for each key. */
export function alignBands(series, keys, bucketSeconds) {
  const tables = keys.map((key) => withGaps(columnsOf(series[key] ?? []), bucketSeconds));
  // Mode 1, RETAIN: our nulls stay gaps; where only another key has a point, the line continues.
  return tables.length ? uPlot.join(tables, tables.map(() => [0, 1, 1, 1])) : [[]];
}
