// Prepares bands for the chart: pure functions over [[ms, mean, lowest, highest], …], oldest first.

const MISSED_STEPS = 3;

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

/**
 * Return the usual step between two values: the median, but at least the bucket, because a device
 * that sends more often has one value in each bucket.
 */
function usualStep(times, bucketSeconds) {
  const steps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  return Math.max(steps[Math.floor(steps.length / 2)] ?? 0, bucketSeconds);
}

/**
 * Return the columns with a null in each but the first wherever nothing arrived for longer than three
 * usual steps: an outage is drawn as a gap and not as a line, in the mean and in the band alike.
 */
export function withGaps(columns, bucketSeconds) {
  const [times] = columns;
  const usual = usualStep(times, bucketSeconds);
  const found = columns.map(() => []);
  times.forEach((time, i) => {
    const isGap = i && time - times[i - 1] > MISSED_STEPS * usual;
    if (isGap) [times[i - 1] + usual, null, null, null].forEach((cell, at) => found[at].push(cell));
    columns.forEach((column, at) => found[at].push(column[i]));
  });
  return found;
}

/** Return the points followed by live readings [[ms, value], …] that are newer and within the span. */
export function appendPoints(points, readings, { from, to }) {
  const last = points.length ? points[points.length - 1][0] : -Infinity;
  const newer = readings.filter(([ts]) => ts > last && ts <= to).map(([ts, value]) => [ts, value, null, null]);
  return [...points.filter(([ts]) => ts >= from), ...newer];
}

/** Return uPlot's data for these keys of {key: points}: times, then three columns for each key. */
export function alignBands(series, keys, bucketSeconds) {
  const tables = keys.map((key) => withGaps(columnsOf(series[key] ?? []), bucketSeconds));
  // Mode 1, RETAIN: our nulls stay gaps; where only another key has a point, the line continues.
  return tables.length ? uPlot.join(tables, tables.map(() => [0, 1, 1, 1])) : [[]];
}
