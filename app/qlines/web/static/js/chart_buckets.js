// Which buckets the server is asked for: of a length that people know, at times that do not move.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTHS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];
const UNITS = [["d", DAY], ["h", HOUR], ["min", MINUTE], ["s", SECOND], ["ms", 1]];
const MIN_POINTS = 50;
const MAX_POINTS = 1000;
// Fetched before and after the span, so that lines reach the edges of the chart.
const MARGIN = 0.05;

/** Return the shortest bucket (ms) with which a chart of this width has a point per pixel at most. */
export function bucketOf(spanMs, widthPx) {
  const points = Math.max(MIN_POINTS, Math.min(MAX_POINTS, widthPx));
  return LENGTHS.find((length) => length >= spanMs / points) ?? LENGTHS[LENGTHS.length - 1];
}

/** Return the span with a little more on both sides. */
export function withMargin({ from, to }, bucketMs) {
  const margin = Math.max(bucketMs, MARGIN * (to - from));
  return { from: from - margin, to: to + margin };
}

/**
 * Return { start, from, to, points } of the request for a span; start is where the span begins. Buckets begin at multiples of their length
 * since 1970: the same bucket has the same value after each refresh.
 */
export function requestOf(span, bucketMs) {
  const { from, to } = withMargin(span, bucketMs);
  const first = Math.max(0, Math.floor(from / bucketMs));
  const end = Math.ceil(to / bucketMs);
  // The API's range includes its end.
  return { start: span.from, from: first * bucketMs, to: end * bucketMs - 1, points: end - first };
}

/** Return a text such as "5 min". */
export function lengthText(ms) {
  const [unit, length] = UNITS.find(([, size]) => ms % size === 0);
  return `${ms / length} ${unit}`;
}
