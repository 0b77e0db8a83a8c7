// The chart of one device: one uPlot instance that is updated in place, so cursor and tooltip stay.
import { alignBands } from "./chart_data.js";
import { NO_MARKS } from "./chart_marks.js";
import { COLUMNS, plotOptions, pointText } from "./chart_options.js";
import { exactTime } from "./time.js";

const PLOT_HEIGHT = 260;

/** A chart of lines with bands that fills the width of its element. All times are milliseconds. */
export class Chart {
  #node;
  #onZoom;
  #onZoomOut;
  #plot = null;
  #lines = []; // [{ key, label, unit }, …]
  #shown = { min: 0, max: 0 }; // the time axis, in seconds
  #marks = NO_MARKS;
  #cursorMs = null; // where the keyboard has put the cursor

  /** onZoom({ from, to }) is called after a drag over the chart, onZoomOut() after a double click. */
  constructor(node, { onZoom, onZoomOut }) {
    this.#node = node;
    this.#onZoom = onZoom;
    this.#onZoomOut = onZoomOut;
    new ResizeObserver(() => requestAnimationFrame(() => this.#fitWidth())).observe(node);
    node.addEventListener("mousemove", () => (this.#cursorMs = null));
    document.addEventListener("theme-changed", () => this.#plot?.redraw(false));
  }

  /** Draw these lines of {key: [[ms, mean, lowest, highest], …]} from one time to another. */
  show(series, lines, { from, to }, bucketMs) {
    if (!this.#plot || JSON.stringify(lines) !== JSON.stringify(this.#lines)) this.#create(lines);
    this.#plot.setData(alignBands(series, lines.map(({ key }) => key), bucketMs / 1000), false);
    this.setRange(from, to);
  }

  /** Draw these marks, as drawMarks() takes them, from the next show() on. */
  mark(marks) {
    this.#marks = marks;
  }

  /** Move the time axis; the lines stay. */
  setRange(from, to) {
    this.#shown = { min: from / 1000, max: to / 1000 };
    this.#plot?.setScale("x", this.#shown);
    if (this.#cursorMs !== null) this.#putCursor(this.#cursorMs / 1000);
  }

  /** Return the indexes of the points that can be seen; null without any. */
  #visible() {
    const [times] = this.#plot?.data ?? [[]];
    const { min, max } = this.#plot?.scales.x ?? {};
    const seen = times.map((_time, idx) => idx).filter((idx) => times[idx] >= min && times[idx] <= max && this.#hasValue(idx));
    return seen.length ? seen : null;
  }

  #hasValue(idx) {
    return this.#lines.some((_line, i) => Number.isFinite(this.#plot.data[COLUMNS * (i + 1)][idx]));
  }

  /**
   * Put the cursor on another point that can be seen, some points away or on the first or last
   * (-Infinity, Infinity). Return { at, count, text }, null without any point.
   */
  moveCursor(by) {
    const seen = this.#visible();
    if (!seen) return null;
    const [times] = this.#plot.data;
    const current = this.#cursorMs === null ? seen.length : seen.findIndex((idx) => times[idx] * 1000 >= this.#cursorMs);
    const at = Math.max(0, Math.min(seen.length - 1, (current < 0 ? seen.length : current) + by));
    this.#cursorMs = times[seen[at]] * 1000;
    this.#putCursor(times[seen[at]]);
    return { at, count: seen.length, text: this.#textAt(seen[at]) };
  }

  /** Take the keyboard's cursor away. */
  hideCursor() {
    this.#cursorMs = null;
    this.#plot?.setCursor({ left: -10, top: -10 });
  }

  #putCursor(seconds) {
    this.#plot.setCursor({ left: this.#plot.valToPos(seconds, "x"), top: this.#plot.over.clientHeight / 2 });
  }

  #textAt(idx) {
    const { data } = this.#plot;
    const values = this.#lines.map(({ label, unit }, i) => `${label} ${pointText(data, i, idx, unit)}`);
    return `${exactTime(data[0][idx] * 1000)}: ${values.join(", ")}`;
  }

  // uPlot cannot replace its set of series, so other lines need a new instance.
  #create(lines) {
    this.#plot?.destroy();
    const handlers = {
      shownSpan: () => this.#shown, marks: () => this.#marks, onSelect: (plot) => this.#select(plot), onDoubleClick: () => this.#onZoomOut(),
    };
    const options = plotOptions(this.#node, lines, PLOT_HEIGHT, handlers);
    this.#plot = new uPlot(options, [[], ...lines.flatMap(() => [[], [], []])], this.#node);
    this.#lines = lines;
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (!width) return;
    const [from, to] = [left, left + width].map((position) => plot.posToVal(position, "x") * 1000);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#onZoom({ from, to });
  }

  #fitWidth() {
    const width = this.#node.clientWidth;
    if (this.#plot && width && this.#plot.width !== width) this.#plot.setSize({ width, height: PLOT_HEIGHT });
  }
}
