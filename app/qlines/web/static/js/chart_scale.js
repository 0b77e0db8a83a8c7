// The value axis: it spans all that is drawn, also of lines that enter or leave the chart at an edge.

const PADDING = 0.1; // as a share of the span, like uPlot's own

const valueAt = (time, [t0, v0], [t1, v1]) => v0 + ((time - t0) / (t1 - t0)) * (v1 - v0);

/**
 * Return the values that a column of uPlot's data has in the chart, from the time min to max: its points, and where the
 * line from one point to the next crosses an edge. A null is a gap; across undefined, another line's point, it continues.
 */
export function drawnValues(times, values, { min, max }) {
  const found = [];
  let last = null; // the point that the line comes from
  times.forEach((time, i) => {
    if (values[i] === undefined) return;
    const point = values[i] === null ? null : [time, values[i]];
    for (const edge of last && point ? [min, max] : []) {
      if (last[0] < edge && edge < time) found.push(valueAt(edge, last, point));
    }
    if (point && time >= min && time <= max) found.push(values[i]);
    last = point;
  });
  return found;
}

/** Return [lowest, highest] of the axis for these columns of uPlot's data; nulls when nothing is drawn. */
export function valueRange(data, columns, span) {
  const drawn = columns.flatMap((column) => drawnValues(data[0], data[column], span));
  if (!drawn.length) return [null, null];
  const [lowest, highest] = [Math.min, Math.max].map((most) => drawn.reduce((a, b) => most(a, b)));
  return uPlot.rangeNum(lowest, highest, PADDING, true);
}
