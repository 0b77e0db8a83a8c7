// What a chart shows beside its lines: limits as dashed lines with their words, and spans of time that are shaded.

const LIMIT = { raise: { stroke: "#d62828", dash: [8, 5] }, clear: { stroke: "#2a9d5c", dash: [2, 4] } };
const SHADE = "#d6282826";
const TEXT_SHIFT = 4;

/** No marks. */
export const NO_MARKS = { limits: [], spans: [] };

/** Return the limits that stand on the scale of a unit, as values. */
export const limitValues = ({ limits }, unit) => limits.filter((limit) => limit.unit === unit).map(({ value }) => value);

function drawSpan(plot, { from, to }) {
  const { left, top, width, height } = plot.bbox;
  const [start, end] = [from, to].map((ms) => Math.max(left, Math.min(left + width, plot.valToPos(ms / 1000, "x", true))));
  plot.ctx.fillStyle = SHADE;
  plot.ctx.fillRect(start, top, Math.max(1, end - start), height);
}

function drawLimit(plot, { value, kind, text, unit }, colour) {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const y = plot.valToPos(value, `unit ${unit}`, true);
  if (!(y >= top && y <= top + height)) return;
  ctx.setLineDash(LIMIT[kind].dash.map((length) => length * uPlot.pxRatio));
  ctx.strokeStyle = LIMIT[kind].stroke;
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(left + width, y);
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.fillText(text, left + TEXT_SHIFT * uPlot.pxRatio, y - TEXT_SHIFT * uPlot.pxRatio);
}

/**
 * Draw marks { limits: [{ value, unit, kind: "raise" | "clear", text }, …], spans: [{ from, to }, …] } into the plot; times are
 * milliseconds, the words have this colour.
 */
export function drawMarks(plot, { limits, spans }, colour) {
  const { ctx } = plot;
  ctx.save();
  ctx.font = `${12 * uPlot.pxRatio}px sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  for (const span of spans) drawSpan(plot, span);
  for (const limit of limits) drawLimit(plot, limit, colour);
  ctx.restore();
}
