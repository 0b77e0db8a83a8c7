// Prepares series for the chart: pure functions over [[ms, value], …], oldest first.

/** Return the series as [seconds[], numbers[]]; booleans become 1 and 0, other values are left out. */
export function numeric(points) {
  const usable = points.filter(([, value]) => typeof value === "number" || typeof value === "boolean");
  return [usable.map(([ts]) => ts / 1000), usable.map(([, value]) => Number(value))];
}

/**
 * Return the series with a null wherever nothing arrived for longer than three usual steps, so that
 * an outage is drawn as a gap and not as a line. The usual step is the median, but at least the
 * bucket's width: an outage is then a gap in every range and after every refresh.
 */
export function withGaps([times, values], bucketSeconds) {
  const steps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  const usual = Math.max(steps[Math.floor(steps.length / 2)] ?? 0, bucketSeconds);
  const x = [];
  const y = [];
  times.forEach((time, i) => {
    if (i && time - times[i - 1] > 3 * usual) {
      x.push(times[i - 1] + usual);
      y.push(null);
    }
    x.push(time);
    y.push(values[i]);
  });
  return [x, y];
}

/** Return the points followed by those that are newer, without the ones before fromMs. */
export function appendPoints(points, newer, fromMs) {
  const last = points.length ? points[points.length - 1][0] : -Infinity;
  return [...points, ...newer.filter(([ts]) => ts > last)].filter(([ts]) => ts >= fromMs);
}

/** Return uPlot's data for these keys of {key: points}, in the order of the keys. */
export function alignSeries(series, keys, bucketSeconds) {
  const tables = keys.map((key) => withGaps(numeric(series[key] ?? []), bucketSeconds));
  // Mode 1, RETAIN: our nulls stay gaps; where only another series has a point, the line continues.
  return tables.length ? uPlot.join(tables, tables.map(() => [0, 1])) : [[]];
}
