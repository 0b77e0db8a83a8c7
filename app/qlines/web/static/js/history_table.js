// The values of the chart as a table: for screen readers, and to copy from. Filled when it is opened.
import { byId, make } from "./dom.js";
import { shortNumber } from "./numbers.js";
import { valueText } from "./status.js";
import { exactTime } from "./time.js";

const MAX_ROWS = 200; // the export has all

/** Show the newest rows of {key: [[ms, mean, lowest, highest], …]} for lines [{ key, label, unit }, …]. */
export function fillTable(series, lines, { from, to }) {
  const headings = lines.map(({ label, unit }) => make("th", { scope: "col" }, unit ? `${label} (${unit})` : label));
  byId("table-head").replaceChildren(make("tr", {}, make("th", { scope: "col" }, "Time"), ...headings));
  const rows = rowsOf(series, lines.map(({ key }) => key)).filter(([ms]) => ms >= from && ms <= to);
  byId("table-body").replaceChildren(...rows.slice(-MAX_ROWS).reverse().map(tableRow));
  byId("table-text").textContent = rows.length > MAX_ROWS
    ? `The newest ${MAX_ROWS} of ${rows.length} points. “Export CSV” has every value.`
    : `${rows.length} points.`;
}

/** Return [[ms, cell, …], …], oldest first; a cell is a point of that key or undefined. */
function rowsOf(series, keys) {
  const byTime = new Map();
  keys.forEach((key, column) => {
    for (const point of series[key] ?? []) {
      const cells = byTime.get(point[0]) ?? keys.map(() => undefined);
      cells[column] = point;
      byTime.set(point[0], cells);
    }
  });
  return [...byTime].sort(([a], [b]) => a - b).map(([ms, cells]) => [ms, ...cells]);
}

function tableRow([ms, ...cells]) {
  return make("tr", {}, make("td", {}, exactTime(ms)), ...cells.map((point) => make("td", { class: "qlines-number" }, cellText(point))));
}

function cellText(point) {
  if (!point) return "–";
  const [, mean, lowest, highest] = point;
  if (typeof mean !== "number") return valueText(mean);
  const text = shortNumber(mean);
  return lowest === null || lowest === highest ? text : `${text} (${shortNumber(lowest)} to ${shortNumber(highest)})`;
}
