// Which keys and which time the chart shows: chosen by the controls, kept in the URL.
import { MAX_KEYS, fixed, pushUrl, readUrl, spanOf, stepped } from "./chart_state.js";
import { fillTimes, markChosen, showKeys, wireButtons, wireFreeRange } from "./history_controls.js";
import { nowMs } from "./time.js";

const DEFAULT_KEYS = 3;
const LAST_VALUE_AT = 0.9; // of the chart's width

export class ChartSelection {
  #displays;
  #onChange;
  #state = readUrl(); // keys is null until the user chooses
  #available = []; // every key of the device, sorted
  #latest = {}; // {key: {ts, value}}

  /** onChange() is called when the user has chosen another time or other keys. */
  constructor(displays, onChange) {
    this.#displays = displays;
    this.#onChange = onChange;
    wireButtons({ onRange: (range) => this.#change({ ...this.#state, range }), onStep: (by) => this.step(by) });
    wireFreeRange({ span: () => this.span(), onSpan: (span) => this.stand(span) });
    window.addEventListener("popstate", () => this.#become(readUrl()));
    this.#mark();
  }

  /** The chosen keys; until the user chooses, the first ones that can be drawn as a line. */
  keys() {
    const isNumber = (key) => typeof this.#latest[key]?.value === "number";
    return this.#state.keys ?? this.#available.filter(isNumber).slice(0, DEFAULT_KEYS);
  }

  /** Return { from, to }, the time at this moment. */
  span() {
    return spanOf(this.#state, nowMs());
  }

  get isMoving() {
    return this.#state.range !== null;
  }

  get hasKeys() {
    return this.#available.length > 0;
  }

  /** Return when the newest value of a chosen key is from, null without any. */
  lastMs() {
    const times = this.keys().map((key) => this.#latest[key]?.ts ?? 0);
    return Math.max(0, ...times) || null;
  }

  /** Stand still on a span. */
  stand({ from, to }) {
    this.#change(fixed(this.#state, from, to));
  }

  /** Stand still where the newest value of a chosen key is. */
  standOnLast() {
    const { from, to } = this.span();
    const start = this.lastMs() - LAST_VALUE_AT * (to - from);
    this.stand({ from: start, to: start + to - from });
  }

  /** Stand still on a span that is so many times as long, or that is moved by a share of it. */
  step(by) {
    this.stand(stepped(this.span(), by));
  }

  /** Offer these keys, and those whose newest value is known: it may be stored a second before the key is. */
  offer(fetched) {
    const keys = [...new Set([...fetched, ...Object.keys(this.#latest)])].sort();
    if (keys.join("\n") === this.#available.join("\n")) return;
    this.#available = keys;
    this.relabel();
  }

  /** Learn the newest values, {key: {ts, value}}, and the keys among them. */
  noteLatest(latest) {
    const newer = Object.entries(latest).filter(([key, { ts }]) => ts >= (this.#latest[key]?.ts ?? 0));
    Object.assign(this.#latest, Object.fromEntries(newer));
    this.offer(this.#available);
  }

  /** Show the keys with their current labels. */
  relabel() {
    showKeys(this.#available, this.#displays, (key) => this.#toggle(key));
    this.#mark();
  }

  #toggle(key) {
    const keys = this.keys();
    const chosen = keys.includes(key) ? keys.filter((other) => other !== key) : [...keys, key];
    this.#change({ ...this.#state, keys: chosen.slice(-MAX_KEYS) });
  }

  #change(state) {
    pushUrl(state);
    this.#become(state);
  }

  #become(state) {
    this.#state = state;
    this.#mark();
    this.#onChange();
  }

  #mark() {
    markChosen(this.#state.range, this.keys());
    if (!this.isMoving) fillTimes(this.#state);
  }
}
