// Prepares series for the chart: pure functions over [[ms, value], …], oldest first.

/** Return the series as [seconds[], numbers[]]; true and false become 1 and 0, other texts are left out. */
export function numeric(points) {
  const usable = points.filter(([, value]) => typeof value === "number" || typeof value === "boolean");
  return [usable.map(([ts]) => ts / 1000), usable.map(([, value]) => Number(value))];
}

/**
 * Return the series with a null where nothing came for longer than three usual steps, so that an
 * outage is a gap and not a line. The usual step is the median, and never below the bucket's width:
 * the same outage is a gap at every range and after every refresh.
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

/** Return the points with the newer ones added, without repetitions, and those before fromMs dropped. */
export function extended(points, newer, fromMs) {
  const last = points.length ? points[points.length - 1][0] : -Infinity;
  return [...points, ...newer.filter(([ts]) => ts > last)].filter(([ts]) => ts >= fromMs);
}

/** Return uPlot's data for several series by key, in the order of the keys. */
export function aligned(series, keys, bucketSeconds) {
  const tables = keys.map((key) => withGaps(numeric(series[key] ?? []), bucketSeconds));
  // RETAIN keeps our nulls as gaps; where only another series has a point, uPlot draws on.
  return tables.length ? uPlot.join(tables, tables.map(() => [0, 1])) : [[]];
}
