// A small chart of one series over the last day; the words beside it say the same.
import { chartDate } from "./chart_time.js";

const HEIGHT = 140;
const DAY_SECONDS = 86_400;
const MIN_SECONDS = 1800; // of the axis, while there are samples of minutes only
const MISSED_SAMPLES = 3;
const COLOUR = "#0072b2";
const FILL = "#0072b233";

function options(node, text, top) {
  // Functions, because the colours change with the theme and a canvas ignores style sheets.
  const stroke = () => getComputedStyle(node).color;
  const lines = { stroke: () => getComputedStyle(node).borderTopColor, width: 1 };
  const axis = { stroke, grid: lines, ticks: lines };
  return {
    width: node.clientWidth,
    height: HEIGHT,
    tzDate: chartDate,
    series: [{}, { stroke: COLOUR, fill: FILL, width: 1.5, points: { show: false } }],
    scales: { x: { time: true }, y: { range: (_plot, _min, most) => [0, Math.max(top, (most ?? 0) * 1.05)] } },
    axes: [axis, { ...axis, size: 64, values: (_plot, ticks) => ticks.map(text) }],
    cursor: { show: false },
    legend: { show: false },
  };
}

/** Return [seconds, values] with a null wherever samples are missing: the appliance was off. */
function withGaps(at, values, everySeconds) {
  const missing = MISSED_SAMPLES * everySeconds * 1000;
  const columns = [[], []];
  at.forEach((ms, i) => {
    const rows = i && ms - at[i - 1] > missing ? [[at[i - 1] / 1000 + everySeconds, null]] : [];
    for (const row of [...rows, [ms / 1000, values[i]]]) row.forEach((cell, column) => columns[column].push(cell));
  });
  return columns;
}

/** A chart that fills the width of its element; text(value) names a value of the axis. */
export class SmallChart {
  #node;
  #plot;

  constructor(node, text, top) {
    this.#node = node;
    this.#plot = new uPlot(options(node, text, top), [[], []], node);
    new ResizeObserver(() => requestAnimationFrame(() => this.#fitWidth())).observe(node);
    document.addEventListener("theme-changed", () => this.#plot.redraw(false));
  }

  /** Draw the values at these times, milliseconds; a time without samples is a gap. */
  show(at, values, everySeconds) {
    if (!at.length) return;
    const [oldest, newest] = [at[0] / 1000, at[at.length - 1] / 1000];
    this.#plot.setData(withGaps(at, values, everySeconds), false);
    this.#plot.setScale("x", { min: Math.min(newest - MIN_SECONDS, Math.max(newest - DAY_SECONDS, oldest)), max: newest });
  }

  #fitWidth() {
    const width = this.#node.clientWidth;
    if (width && this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT });
  }
}
