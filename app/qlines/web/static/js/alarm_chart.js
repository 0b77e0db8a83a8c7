// The chart around an alarm: its key, the limits at which it begins and ends, and the time that it lasted, shaded.
import { Chart } from "./chart1.js";
import { bucketOf, lengthText, requestOf } from "./chart_buckets.js";
import { wireCursor } from "./chart_cursor.js";
import { stepped } from "./chart_state.js";
import { byId, showText } from "./dom.js";
import { fetchSeries } from "./history_data.js";
import { shortNumber } from "./numbers.js";
import { nowMs, zone } from "./time.js";

const MIN_AROUND_MS = 600_000;
const AROUND = 0.5; // before and after it, as a share of its length
const STEPS = { "zoom-out": { times: 2 }, "zoom-in": { times: 0.5 }, earlier: { shift: -0.5 }, later: { shift: 0.5 } };

/** Return { from, to }: the alarm with some time before and after it, up to now. */
export function spanAround({ started, ended }, now) {
  const end = Math.max(started, ended ?? now);
  const around = Math.max(MIN_AROUND_MS, AROUND * (end - started));
  return { from: started - around, to: Math.max(started, Math.min(now, end + around)) };
}

/** Return the marks of the chart: limits that are numbers, and the time of the alarm; to is where it ends by now. */
export function marksOf({ started, ended, limit, clear }, unit, now) {
  const withUnit = (value) => (unit ? `${shortNumber(value)} ${unit}` : shortNumber(value));
  const limits = [];
  if (typeof limit === "number") limits.push({ value: limit, unit, kind: "raise", text: `begins at ${withUnit(limit)}` });
  if (typeof clear === "number" && clear !== limit) limits.push({ value: clear, unit, kind: "clear", text: `ends at ${withUnit(clear)}` });
  return { limits, spans: [{ from: started, to: ended ?? now }] };
}

export class AlarmChart {
  #alarm = null;
  #displays = null;
  #span = null; // that a person chose; null: around the alarm
  #chart = new Chart(byId("chart"), { onZoom: (span) => this.#go(span), onZoomOut: () => this.#step({ times: 2 }) });

  constructor() {
    wireCursor(byId("chart"), this.#chart);
    for (const [id, step] of Object.entries(STEPS)) byId(id).addEventListener("click", () => this.#step(step));
    byId("whole-alarm").addEventListener("click", () => this.#go(null));
  }

  /** Fetch and draw; an alarm about no key has no chart. Throw when fetching fails. */
  async show(alarm, displays) {
    [this.#alarm, this.#displays] = [alarm, displays];
    byId("chart-card").hidden = !alarm.key;
    if (alarm.key) await this.#load();
  }

  #shown() {
    return this.#span ?? spanAround(this.#alarm, nowMs());
  }

  #step(by) {
    if (this.#alarm?.key) this.#go(stepped(this.#shown(), by));
  }

  #go(span) {
    this.#span = span;
    this.#load().catch(({ message }) => showText(byId("chart-text"), message));
  }

  async #load() {
    const { device, key } = this.#alarm;
    const span = this.#shown();
    const bucketMs = bucketOf(span.to - span.from, byId("chart").clientWidth);
    const series = await fetchSeries(device, [key], requestOf(span, bucketMs));
    const lines = this.#displays.lines([key]);
    const marks = marksOf(this.#alarm, lines[0].unit, nowMs());
    this.#chart.mark(marks);
    this.#chart.show(series, lines, span, bucketMs);
    this.#say(series[key], marks, bucketMs);
    byId("to-history").href = `/devices/${device}?${new URLSearchParams({ from: Math.round(span.from), to: Math.round(span.to), key, zone })}`;
  }

  #say(points, { limits }, bucketMs) {
    const lines = limits.map(({ kind, text }) => `The ${kind === "raise" ? "dashed" : "dotted"} line is where it ${text}.`);
    const first = points.length ? `1 point = ${lengthText(bucketMs)}. ` : "No values in this range. ";
    const text = `${first}The shaded part is the time of the alarm. ${lines.join(" ")} Times are in ${zone}.`;
    if (byId("chart-text").textContent !== text) showText(byId("chart-text"), text);
  }
}
