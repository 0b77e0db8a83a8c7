// The chart of one device: one uPlot, whose data and range change, so that cursor and tooltip stay.
import { aligned } from "./chart_data.js";
import { zone } from "./time.js";

const HEIGHT = 300;
// Told apart by people who do not see all colours (Okabe and Ito); each has a dash of its own too.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];

function axis(node) {
  // Functions: the colours change with the theme, and a canvas knows no style sheets.
  const text = () => getComputedStyle(node).color;
  const lines = { stroke: () => getComputedStyle(node).borderTopColor, width: 1 };
  return { stroke: text, grid: lines, ticks: lines };
}

function series(key, i) {
  return {
    label: key,
    stroke: COLOURS[i % COLOURS.length],
    dash: DASHES[i % DASHES.length],
    width: 1.5,
    value: (_chart, value) => (value === null || value === undefined ? "–" : String(Math.round(value * 1e6) / 1e6)),
  };
}

/** Return a chart within the element: show(series, keys, from, to, bucket) in milliseconds; slide(from, to). */
export function createChart(node) {
  let chart = null;
  let shownKeys = "";

  function make(keys) {
    chart?.destroy();
    chart = new uPlot({
      width: node.clientWidth,
      height: HEIGHT - 60, // the legend has the rest
      series: [{ label: zone }, ...keys.map(series)],
      scales: { x: { time: true } },
      axes: [axis(node), { ...axis(node), size: 60 }],
      cursor: { drag: { x: false, y: false } },
      legend: { live: true },
    }, [[], ...keys.map(() => [])], node);
    shownKeys = JSON.stringify(keys);
  }

  new ResizeObserver(() => requestAnimationFrame(() => {
    if (chart && node.clientWidth && chart.width !== node.clientWidth) chart.setSize({ width: node.clientWidth, height: HEIGHT - 60 });
  })).observe(node);
  document.addEventListener("theme-changed", () => chart?.redraw(false));

  function slide(from, to) {
    chart?.setScale("x", { min: from / 1000, max: to / 1000 });
  }

  return {
    show(data, keys, from, to, bucketMs) {
      if (JSON.stringify(keys) !== shownKeys) make(keys);
      chart.setData(aligned(data, keys, bucketMs / 1000), false);
      slide(from, to);
    },
    slide,
  };
}
