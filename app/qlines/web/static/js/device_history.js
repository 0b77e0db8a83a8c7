// The card "History": the chart's range and keys, its series, and the live readings added to them.
import { Chart } from "./chart1.js";
import { appendPoints } from "./chart_data.js";
import { MAX_KEYS, RANGES, readUrl, writeUrl } from "./chart_state.js";
import { byId } from "./dom.js";
import { markChosen, showKeys, wireRanges } from "./history_controls.js";
import { fetchKeys, fetchSeries } from "./history_data.js";
import { nowMs, zone } from "./time.js";

const DEFAULT_KEYS = 3;
const MIN_POINTS = 50;
const MAX_POINTS = 1000;
const SLIDE_MS = 1000;

export class DeviceHistory {
  #deviceId;
  #node = byId("chart");
  #text = byId("chart-text");
  #chart = new Chart(this.#node);
  #state = readUrl(); // keys is null until the user chooses
  #available = []; // every key of the device, sorted
  #numeric = new Set(); // keys whose latest value was a number
  #series = {}; // {key: [[ms, value], …]} of the chosen keys
  #request = null; // the AbortController of the fetch in progress

  constructor(deviceId) {
    this.#deviceId = deviceId;
    wireRanges((range) => this.#change({ range }));
    this.#markChosen();
    setInterval(() => document.hidden || this.#slide(), SLIDE_MS);
  }

  /** Fetch the keys and the series; show and throw the error when that fails. */
  async refresh() {
    try {
      this.#offer(await fetchKeys(this.#deviceId));
    } catch (error) {
      this.#text.textContent = error.message;
      throw error;
    }
    return this.#load();
  }

  /** Learn from the latest values, {key: {value}}, which keys can be drawn as a line. */
  noteNumeric(latest) {
    for (const [key, { value }] of Object.entries(latest)) if (typeof value === "number") this.#numeric.add(key);
  }

  /** Append live readings, {key: [[ms, value], …]}; the next fetch replaces them by averages. */
  append(readings) {
    this.#offer([...new Set([...this.#available, ...Object.keys(readings)])].sort());
    const shown = this.#keys().filter((key) => readings[key]);
    for (const key of shown) this.#series[key] = appendPoints(this.#series[key] ?? [], readings[key], this.#span().from);
    if (shown.length) this.#draw();
  }

  /** Return { keys, from, to }, what the chart shows. */
  selection() {
    return { keys: this.#keys(), ...this.#span() };
  }

  /** The chosen keys; until the user chooses, the first ones that can be drawn as a line. */
  #keys() {
    return this.#state.keys ?? this.#available.filter((key) => this.#numeric.has(key)).slice(0, DEFAULT_KEYS);
  }

  #span() {
    const to = nowMs();
    return { from: to - RANGES[this.#state.range], to };
  }

  /** One point for every other pixel: more cannot be distinguished. */
  #points() {
    return Math.max(MIN_POINTS, Math.min(MAX_POINTS, Math.round(this.#node.clientWidth / 2)));
  }

  #bucketMs() {
    return RANGES[this.#state.range] / this.#points();
  }

  #slide() {
    const { from, to } = this.#span();
    this.#chart.setRange(from, to);
  }

  async #load() {
    this.#request?.abort();
    this.#request = new AbortController();
    try {
      this.#series = await fetchSeries(
        this.#deviceId, this.#keys(), { ...this.#span(), points: this.#points() }, this.#request.signal,
      );
      this.#draw();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#text.textContent = error.message;
      throw error;
    }
  }

  #draw() {
    const { from, to } = this.#span();
    this.#chart.show(this.#series, this.#keys(), from, to, this.#bucketMs());
    this.#text.textContent = this.#caption();
  }

  #caption() {
    const keys = this.#keys();
    if (!keys.length) return this.#available.length ? "Choose a key." : "No values yet.";
    if (!keys.some((key) => this.#series[key]?.length)) return "No values in this range. Choose a longer one.";
    return `Averages over ${Math.max(1, Math.round(this.#bucketMs() / 1000))} s. Times are in ${zone}.`;
  }

  #change(part) {
    this.#state = { ...this.#state, ...part };
    writeUrl(this.#state);
    this.#markChosen();
    this.#load().catch(() => {}); // #load() has shown the error
  }

  #toggle(key) {
    const keys = this.#keys();
    const chosen = keys.includes(key) ? keys.filter((other) => other !== key) : [...keys, key];
    this.#change({ keys: chosen.slice(-MAX_KEYS) });
  }

  #offer(keys) {
    if (keys.join("\n") === this.#available.join("\n")) return;
    this.#available = keys;
    showKeys(keys, (key) => this.#toggle(key));
    this.#markChosen();
  }

  #markChosen() {
    markChosen(this.#state.range, this.#keys());
  }
}
