// The tiles of current values, one for each key, updated in place.
import { byId, make } from "./dom.js";
import { shortNumber } from "./numbers.js";
import { valueText } from "./status.js";
import { timeNode } from "./time.js";

const MAX_TILES = 12; // the table below has all keys

const shortText = (value) => (typeof value === "number" ? shortNumber(value) : valueText(value));

function tileNode(label, text, unit, ts) {
  return make("li", { class: "card card-sm" }, make("div", { class: "card-body qlines-tile" },
    make("div", { class: "text-secondary qlines-tile-label" }, label),
    make("div", { class: "qlines-tile-value" }, make("span", {}, text), " ", make("span", { class: "qlines-unit" }, unit)),
    make("div", { class: "text-secondary small" }, timeNode(ts))));
}

export class Tiles {
  #list = byId("tiles");
  #tiles = new Map(); // key ▶ its node
  #displays;

  constructor(displays) {
    this.#displays = displays;
  }

  /** Hide the list while it is empty; until the first values were fetched it keeps its room. */
  settle() {
    this.#list.setAttribute("aria-busy", "false");
    this.#list.hidden = !this.#tiles.size;
  }

  /** Show the value of a key, which is not older than the one before. */
  put(key, ts, value) {
    const tile = this.#tiles.get(key);
    if (!tile) return this.#add(key, ts, value);
    const [, text, time] = tile.firstChild.children;
    text.firstChild.textContent = shortText(value);
    return time.replaceChildren(timeNode(ts));
  }

  /** Use the labels and units, which have changed. */
  relabel() {
    for (const [key, tile] of this.#tiles) {
      const [label, text] = tile.firstChild.children;
      label.textContent = this.#displays.label(key);
      text.lastChild.textContent = this.#displays.unit(key);
    }
  }

  #add(key, ts, value) {
    if (this.#tiles.size >= MAX_TILES) return;
    const tile = tileNode(this.#displays.label(key), shortText(value), this.#displays.unit(key), ts);
    this.#list.append(tile);
    this.#list.hidden = false;
    this.#tiles.set(key, tile);
  }
}
