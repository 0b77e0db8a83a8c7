// uPlot's options for a set of lines; each line has a band from the lowest to the highest value.
import { labelWidth, timeLabels } from "./chart_axes.js";
import { drawMarks, limitValues } from "./chart_marks.js";
import { valueRange } from "./chart_scale.js";
import { chartDate } from "./chart_time.js";
import { shortNumber } from "./numbers.js";
import { exactTime, zone } from "./time.js";

const NARROW = 480; // pixels: on a phone the legend alone names the units
const AXIS_WIDTH = { narrow: 48, wide: 60 };
const UNIT_WIDTH = 20;
// Distinguishable for colour-blind readers (Okabe and Ito); each line has its own dash as well.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];
const BAND_ALPHA = "40"; // a quarter
// Columns of a line in uPlot's data, after the times.
export const COLUMNS = 3;
const meanColumn = (i) => 1 + COLUMNS * i + 2;

const scaleOf = ({ unit }) => `unit ${unit}`;

/** Return a line's value at a point of uPlot's data, such as "21.5 °C (20 to 23)"; "–" for none. */
export function pointText(data, i, idx, unit) {
  const [lowest, highest, mean] = [-2, -1, 0].map((offset) => data[meanColumn(i) + offset]?.[idx]);
  if (mean === null || mean === undefined) return "–";
  const text = `${shortNumber(mean)}${unit && ` ${unit}`}`;
  return lowest === highest ? text : `${text} (${shortNumber(lowest)} to ${shortNumber(highest)})`;
}

function lineOptions(line, i) {
  const edge = { scale: scaleOf(line), width: 0, points: { show: false }, class: "qlines-edge" };
  const mean = {
    scale: scaleOf(line),
    label: line.label,
    stroke: COLOURS[i % COLOURS.length],
    dash: DASHES[i % DASHES.length],
    width: 1.5,
    value: (plot, _value, _column, idx) => pointText(plot.data, i, idx, line.unit),
  };
  return [edge, { ...edge }, mean];
}

const bandOptions = (_line, i) => ({
  series: [meanColumn(i) - 1, meanColumn(i) - 2],
  fill: COLOURS[i % COLOURS.length] + BAND_ALPHA,
});

function axis(node) {
  // Functions, because the colours change with the theme and a canvas ignores style sheets.
  const text = () => getComputedStyle(node).color;
  const lines = { stroke: () => getComputedStyle(node).borderTopColor, width: 1 };
  return { stroke: text, grid: lines, ticks: lines };
}

const timeAxis = (node) => ({
  ...axis(node),
  space: (plot) => labelWidth(plot.scales.x.max - plot.scales.x.min),
  values: (_plot, times, _axis, _space, step) => timeLabels(times, step),
});

/** The axes of the first two units, on the left and on the right; more would leave no room. */
function valueAxes(node, lines) {
  const units = [...new Set(lines.map(({ unit }) => unit))].slice(0, 2);
  const isNarrow = node.clientWidth < NARROW;
  return units.map((unit, i) => ({
    ...axis(node),
    scale: scaleOf({ unit }),
    side: i ? 1 : 3,
    size: isNarrow ? AXIS_WIDTH.narrow : AXIS_WIDTH.wide,
    label: isNarrow ? undefined : unit || undefined,
    labelSize: UNIT_WIDTH,
    ...(i && { grid: { show: false } }),
  }));
}

/** The scale of each unit; uPlot's own would leave out what a line is before and after the chart's points, and limits. */
function valueScales(lines, shownSpan, marks) {
  const columns = (scale) => lines.flatMap((line, i) => (scaleOf(line) === scale ? [-2, -1, 0].map((offset) => meanColumn(i) + offset) : []));
  const range = (unit) => (plot, _lowest, _highest, scale) => valueRange(plot.data, columns(scale), shownSpan(), limitValues(marks(), unit));
  return Object.fromEntries(lines.map((line) => [scaleOf(line), { range: range(line.unit) }]));
}

/**
 * Return uPlot's options for lines [{ label, unit }, …]; shownSpan() returns { min, max } of the time axis in seconds,
 * marks() what drawMarks() takes, onSelect(plot) is called after a drag.
 */
export function plotOptions(node, lines, height, { shownSpan, marks, onSelect, onDoubleClick }) {
  return {
    width: node.clientWidth,
    height,
    series: [
      { label: `Time (${zone})`, value: (_plot, seconds) => (seconds ? exactTime(seconds * 1000) : "–") },
      ...lines.flatMap(lineOptions),
    ],
    bands: lines.map(bandOptions),
    tzDate: chartDate,
    scales: { x: { time: true }, ...valueScales(lines, shownSpan, marks) },
    axes: [timeAxis(node), ...valueAxes(node, lines)],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => onDoubleClick } },
    hooks: { setSelect: [onSelect], draw: [(plot) => drawMarks(plot, marks(), getComputedStyle(node).color)] },
    legend: { live: true },
  };
}
