// The chart of one device: one uPlot instance that is updated in place, so cursor and tooltip stay.
import { alignSeries } from "./chart_data.js";
import { chartDate } from "./chart_time.js";
import { zone } from "./time.js";

const HEIGHT = 300;
const LEGEND_HEIGHT = 60;
// Distinguishable for colour-blind readers (Okabe and Ito); each series has its own dash as well.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];

function axis(node) {
  // Functions, because the colours change with the theme and a canvas ignores style sheets.
  const text = () => getComputedStyle(node).color;
  const lines = { stroke: () => getComputedStyle(node).borderTopColor, width: 1 };
  return { stroke: text, grid: lines, ticks: lines };
}

function seriesOptions(key, i) {
  return {
    label: key,
    stroke: COLOURS[i % COLOURS.length],
    dash: DASHES[i % DASHES.length],
    width: 1.5,
    value: (_plot, value) => (value === null || value === undefined ? "–" : String(Math.round(value * 1e6) / 1e6)),
  };
}

function plotOptions(node, keys) {
  return {
    width: node.clientWidth,
    height: HEIGHT - LEGEND_HEIGHT,
    tzDate: chartDate,
    series: [{ label: zone }, ...keys.map(seriesOptions)],
    scales: { x: { time: true } },
    axes: [axis(node), { ...axis(node), size: 60 }],
    cursor: { drag: { x: false, y: false } },
    legend: { live: true },
  };
}

/** A line chart that fills the width of its element. All times are milliseconds. */
export class Chart {
  #node;
  #plot = null;
  #keys = [];

  constructor(node) {
    this.#node = node;
    new ResizeObserver(() => requestAnimationFrame(() => this.#fitWidth())).observe(node);
    document.addEventListener("theme-changed", () => this.#plot?.redraw(false));
  }

  /** Draw the series of these keys, {key: [[ms, value], …]}, from one time to another. */
  show(series, keys, from, to, bucketMs) {
    if (JSON.stringify(keys) !== JSON.stringify(this.#keys) || !this.#plot) this.#create(keys);
    this.#plot.setData(alignSeries(series, keys, bucketMs / 1000), false);
    this.setRange(from, to);
  }

  /** Move the time axis; the series stay. */
  setRange(from, to) {
    this.#plot?.setScale("x", { min: from / 1000, max: to / 1000 });
  }

  // uPlot cannot replace its set of series, so other keys need a new instance.
  #create(keys) {
    this.#plot?.destroy();
    this.#plot = new uPlot(plotOptions(this.#node, keys), [[], ...keys.map(() => [])], this.#node);
    this.#keys = keys;
  }

  #fitWidth() {
    const width = this.#node.clientWidth;
    if (this.#plot && width && this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT - LEGEND_HEIGHT });
  }
}
