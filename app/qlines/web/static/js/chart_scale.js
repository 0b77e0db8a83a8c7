// The value axis: it spans all that is drawn, also of lines that enter or leave the chart at an edge.

const PADDING = 0.1; // as a share of the span, like uPlot's own

const valueAt = (time, [t0, v0], [t1, v1]) => v0 + ((time - t0) / (t1 - t0)) * (v1 - v0);

/** Return what the line from one point to the next is at the edges that it crosses; a null is a gap. */
function crossings(from, to, edges) {
  if (from[1] === null || to[1] === null) return [];
  return edges.filter((edge) => from[0] < edge && edge < to[0]).map((edge) => valueAt(edge, from, to));
}

/**
 * Return the values that a column of uPlot's data has in the chart, from the time min to max: its points, and where its
 * line crosses an edge. A null is a gap; across undefined, another line's point, the line continues.
 */
export function drawnValues(times, values, { min, max }) {
  const points = times.map((time, i) => [time, values[i]]).filter(([, value]) => value !== undefined);
  const isDrawn = ([time, value]) => value !== null && time >= min && time <= max;
  return points.flatMap((point, i) => [
    ...(i ? crossings(points[i - 1], point, [min, max]) : []), ...(isDrawn(point) ? [point[1]] : []),
  ]);
}

/** Return [lowest, highest] of the axis for these columns of uPlot's data and for more values; nulls when nothing is drawn. */
export function valueRange(data, columns, span, values = []) {
  const drawn = [...columns.flatMap((column) => drawnValues(data[0], data[column], span)), ...values];
  if (!drawn.length) return [null, null];
  const [lowest, highest] = [Math.min, Math.max].map((most) => drawn.reduce((a, b) => most(a, b)));
  return uPlot.rangeNum(lowest, highest, PADDING, true);
}
