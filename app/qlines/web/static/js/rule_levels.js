// The severities of a rule. The API wants the most severe first, whatever order they were added in.
import { SEVERITIES } from "./alarm_words.js";
import { byId } from "./dom.js";
import { Level } from "./rule_level.js";

const ORDER = Object.keys(SEVERITIES);
const rankOf = ({ severity }) => ORDER.indexOf(severity);

export class Levels {
  #root = byId("levels");
  #levels = [];
  #keys = [];

  constructor() {
    byId("level-add").addEventListener("click", () => this.#append());
  }

  /** Show these levels, as the API has them. */
  show(levels) {
    this.#levels = [];
    this.#root.replaceChildren();
    for (const level of [...levels].reverse()) this.#insert(level);
    this.#showButtons();
  }

  /** Offer these keys, [{ key, now }, …]. */
  offer(keys) {
    this.#keys = keys;
    for (const level of this.#levels) level.offer(keys);
  }

  /** Return the levels in the order of the API, the most severe first. */
  get ordered() {
    return [...this.#levels].sort((a, b) => rankOf(a) - rankOf(b));
  }

  /** Return them as the API takes them. */
  value() {
    return this.ordered.map((level) => level.value());
  }

  #append() {
    const used = this.#levels.map(({ severity }) => severity);
    const first = Math.min(...used.map((severity) => ORDER.indexOf(severity)));
    const free = [...ORDER.slice(0, first).reverse(), ...ORDER.slice(first)].find((severity) => !used.includes(severity));
    this.#insert({ ...this.#levels[this.#levels.length - 1].value(), severity: free });
    this.#showButtons();
    this.#levels[this.#levels.length - 1].node.querySelector("select").focus();
    this.#noteChange();
  }

  #insert(level) {
    const made = new Level(level, this.#keys, (removed) => this.#drop(removed));
    this.#levels.push(made);
    this.#root.append(made.node);
  }

  #drop(level) {
    this.#levels = this.#levels.filter((other) => other !== level);
    level.node.remove();
    this.#showButtons();
    byId("level-add").focus();
    this.#noteChange();
  }

  #noteChange() {
    this.#root.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #showButtons() {
    byId("level-add").hidden = this.#levels.length >= ORDER.length;
    for (const level of this.#levels) level.isRemovable = this.#levels.length > 1;
  }
}
