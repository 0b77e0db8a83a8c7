// The small charts of the page /system: what each of them shows, and its values in words.
import { byId } from "./dom.js";
import { numberText } from "./numbers.js";
import { SmallChart } from "./small_chart.js";
import { clockTime } from "./time.js";

const UNITS = [["GB", 1e9], ["MB", 1e6], ["KB", 1e3]];
const rounded = (value) => numberText(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);

function bytes(value) {
  const [unit, size] = UNITS.find(([, least]) => value >= least) ?? ["bytes", 1];
  return `${rounded(value / size)} ${unit}`;
}

const percent = (value) => `${rounded(value)} %`;
// The value in words, and the top of the axis while all values are smaller.
const CHARTS = {
  messages_per_second: { text: rounded, top: 1 },
  unread_bytes: { text: bytes, top: 1e6 },
  lag_seconds: { text: (value) => `${rounded(value)} s`, top: 10 },
  disk_percent: { text: percent, top: 100 },
  memory_percent: { text: percent, top: 100 },
};

/** Return such as "now 12, at most 40 at 10:05"; at and values are lists of the same length. */
export function summary(at, values, text) {
  const known = values.flatMap((value, i) => (value === null ? [] : [[value, at[i]]]));
  if (!known.length) return "No values yet: the first one comes after two minutes.";
  const [most, when] = known.reduce((best, one) => (one[0] > best[0] ? one : best));
  return `Now ${text(known[known.length - 1][0])}, at most ${text(most)} at ${clockTime(when)}`;
}

/** All charts of the page. */
export class DayCharts {
  #charts = Object.entries(CHARTS).map(([name, { text, top }]) => ({ name, text, chart: new SmallChart(byId(name), text, top) }));

  /** Show the samples as /api/system/day returns them. */
  show(day) {
    for (const { name, text, chart } of this.#charts) {
      byId(`${name}-text`).textContent = summary(day.at, day[name], text);
      chart.show(day.at, day[name], day.every_seconds);
    }
  }
}
