// The card "History": fetches what the chart shows, draws it, and adds the live readings to it.
import { Chart } from "./chart1.js";
import { bucketOf, requestOf, withMargin } from "./chart_buckets.js";
import { showCaption } from "./chart_caption.js";
import { wireCursor } from "./chart_cursor.js";
import { ChartSelection } from "./chart_selection.js";
import { byId } from "./dom.js";
import { isUnreachable } from "./failure.js";
import { oncePerFrame } from "./frames.js";
import { fetchKeys, fetchSeries } from "./history_data.js";
import { fillTable } from "./history_table.js";
import { LiveSeries } from "./live_series.js";

const SLIDE_MS = 1000;

export class DeviceHistory {
  #deviceId;
  #displays;
  #node = byId("chart");
  #chart;
  #chosen;
  #series = new LiveSeries(); // of the chosen keys
  #error = "";
  #isLoading = true;
  #shownTo = 0; // where the chart ends
  #drawSoon = oncePerFrame(() => this.#draw()); // pushes may come faster than the screen shows them
  #request = null; // the AbortController of the fetch in progress

  constructor(deviceId, displays) {
    this.#deviceId = deviceId;
    this.#displays = displays;
    this.#chosen = new ChartSelection(displays, () => this.#show());
    const zoom = { onZoom: (span) => this.#chosen.stand(span), onZoomOut: () => this.#chosen.step({ times: 2 }) };
    this.#chart = new Chart(this.#node, zoom);
    wireCursor(this.#node, this.#chart);
    byId("chart-action").addEventListener("click", (event) => this.#act(event.target.dataset.action));
    byId("chart-table").addEventListener("toggle", () => this.#fillTable());
    setInterval(() => document.hidden || this.#slide(), SLIDE_MS);
  }

  /** Fetch the keys and, once the latest values are noted, the series; show and throw the error when that fails. */
  async refresh(newest = Promise.resolve()) {
    try {
      const [keys] = await Promise.all([fetchKeys(this.#deviceId), newest.catch(() => {})]);
      this.#chosen.offer(keys);
    } catch (error) {
      this.#fail(error);
    }
    return this.#load();
  }

  /** Learn the newest values, {key: {ts, value}}: which keys can be drawn as a line, and how old they are. */
  noteLatest(latest) {
    this.#chosen.noteLatest(latest);
  }

  /** Append live readings, {key: [[ms, value], …]}; the next fetch replaces them by bands. */
  append(readings) {
    const newest = Object.entries(readings).map(([key, points]) => [key, points[points.length - 1]]);
    this.noteLatest(Object.fromEntries(newest.map(([key, [ts, value]]) => [key, { ts, value }])));
    const shown = this.#chosen.keys().filter((key) => readings[key]);
    this.#series.append(Object.fromEntries(shown.map((key) => [key, readings[key]])), this.#reach());
    if (shown.length) this.#drawSoon();
  }

  #reach() {
    return withMargin(this.#chosen.span(), this.#bucketMs());
  }

  /** Return { keys, from, to }, what the chart shows. */
  selection() {
    return { keys: this.#chosen.keys(), ...this.#chosen.span() };
  }

  /** Use the labels and units, which have changed. */
  relabel() {
    this.#chosen.relabel();
    this.#draw();
    this.#fillTable();
  }

  #lines() {
    return this.#displays.lines(this.#chosen.keys());
  }

  #bucketMs() {
    const { from, to } = this.#chosen.span();
    return bucketOf(to - from, this.#node.clientWidth);
  }

  /** Fetch and draw what the user has chosen; what is there already is drawn at once. */
  async #show() {
    this.#isLoading = true;
    this.#draw();
    await this.#load().catch(() => {}); // #load() has shown the error
    this.#fillTable();
  }

  async #load() {
    this.#request?.abort();
    const { signal } = (this.#request = new AbortController());
    const request = requestOf(this.#chosen.span(), this.#bucketMs());
    try {
      const fetched = await fetchSeries(this.#deviceId, this.#chosen.keys(), request, signal);
      this.#series.replace(fetched, this.#reach());
      this.#error = "";
      this.#isLoading = false;
      this.#draw();
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(error);
    }
  }

  #fail(error) {
    if (isUnreachable(error) && !this.#isLoading) throw error; // a repetition: the badge says it, the chart stays
    this.#error = error.message;
    this.#isLoading = false;
    this.#caption();
    throw error;
  }

  #draw() {
    const span = this.#chosen.span();
    this.#shownTo = span.to;
    this.#chart.show(this.#series.points, this.#lines(), span, this.#bucketMs());
    this.#caption();
  }

  /** Move the chart along once it is a pixel behind. */
  #slide() {
    const { from, to } = this.#chosen.span();
    if (!this.#chosen.isMoving || (to - this.#shownTo) * this.#node.clientWidth < to - from) return;
    this.#shownTo = to;
    this.#chart.setRange(from, to);
  }

  #caption() {
    const [chosen, series] = [this.#chosen, this.#series.points];
    showCaption({ isLoading: this.#isLoading, error: this.#error, chosen, series, bucketMs: this.#bucketMs() });
  }

  #act(action) {
    if (action === "retry") return this.refresh().catch(() => {}); // refresh() has shown the error
    return this.#chosen.standOnLast();
  }

  #fillTable() {
    if (byId("chart-table").open) fillTable(this.#series.points, this.#lines(), this.#chosen.span());
  }
}
