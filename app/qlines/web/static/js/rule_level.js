// One severity of a rule: "a major alarm when for at least 5 minutes all of these are true …".
import { SEVERITIES } from "./alarm_words.js";
import { make } from "./dom.js";
import { Condition } from "./rule_condition.js";
import { choicePart, sourcedDurationPart } from "./rule_parts.js";

const MAX_CONDITIONS = 10;
const MATCHES = [["all", "all of these are true"], ["any", "any of these is true"]];
const ARTICLES = { info: "An" };
const HOWS = [["now", "as soon as"], ["for", "when for at least"]];
const FIRST_FOR = 300;
// Kinds that have a time of their own, or are true for one reading only.
const WITHOUT_FOR = ["no_data", "offline", "change"];

export class Level {
  #keys;
  #conditions = [];
  #severity;
  #match;
  #how;
  #for;
  #article = make("span");
  #when = make("span", {}, "as soon as");
  #matchLine = make("span");
  #list = make("div", { "data-field": "conditions" });
  #add = make("button", { class: "btn btn-sm", type: "button", on: { click: () => this.#append() } }, "Add a condition");
  #remove;

  /** level is as the API has it; onRemove(level) is called by its button. */
  constructor(level, keys, onRemove) {
    this.#keys = keys;
    const words = Object.entries(SEVERITIES).map(([severity, [word]]) => [severity, word.toLowerCase()]);
    this.#severity = choicePart("severity", "Severity", words, level.severity);
    this.#match = choicePart("match", "How many of the conditions", MATCHES, level.match ?? "all");
    this.#how = choicePart("", "At once or after some time", HOWS, level.for_seconds ? "for" : "now");
    this.#for = sourcedDurationPart("for_seconds", "For at least", level.for_seconds || FIRST_FOR);
    this.#how.node.addEventListener("change", () => this.#showWords());
    this.#remove = make("button", { class: "btn btn-sm", type: "button", on: { click: () => onRemove(this) } }, "Remove this severity");
    this.#severity.node.addEventListener("change", () => this.#showWords());
    this.#matchLine.append(this.#match.node);
    this.#list.addEventListener("change", () => this.#showWords());
    this.node = this.#newNode();
    for (const condition of level.conditions) this.#insert(condition);
    this.#showWords();
  }

  #newNode() {
    return make("fieldset", { class: "qlines-level", "data-level": true },
      make("legend", { class: "visually-hidden" }, "A severity of the rule"),
      make("div", { class: "qlines-sentence" }, this.#article, this.#severity.node, make("span", {}, "alarm"),
        this.#how.node, this.#when, this.#for.node, this.#matchLine),
      this.#list,
      make("div", { class: "btn-list" }, this.#add, this.#remove));
  }

  get severity() {
    return this.#severity.value();
  }

  get #isAtOnce() {
    return this.#how.value() === "now";
  }

  set isRemovable(isRemovable) {
    this.#remove.hidden = !isRemovable;
  }

  /** Return the nodes of its conditions, in the order of the API. */
  get conditionNodes() {
    return this.#conditions.map(({ node }) => node);
  }

  /** Offer these keys. */
  offer(keys) {
    this.#keys = keys;
    for (const condition of this.#conditions) condition.offer(keys);
  }

  /** Return the level as the API takes it. */
  value() {
    return {
      severity: this.severity, match: this.#match.value(), for_seconds: this.#isAtOnce ? 0 : this.#for.value() ?? 0,
      conditions: this.#conditions.map((condition) => condition.value()),
    };
  }

  #append() {
    const last = this.#conditions[this.#conditions.length - 1].value();
    this.#insert({ ...last });
    this.#showWords();
    this.#conditions[this.#conditions.length - 1].node.querySelector("select").focus();
  }

  #insert(condition) {
    const made = new Condition({ ...condition }, this.#keys, (removed) => this.#drop(removed));
    this.#conditions.push(made);
    this.#list.append(made.node);
  }

  #drop(condition) {
    this.#conditions = this.#conditions.filter((other) => other !== condition);
    condition.node.remove();
    this.#showWords();
    this.#add.focus();
    this.#list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #showWords() {
    const count = this.#conditions.length;
    this.#article.textContent = ARTICLES[this.severity] ?? "A";
    const isLasting = this.#conditions.some(({ kind }) => !WITHOUT_FOR.includes(kind));
    this.#how.node.hidden = this.#isAtOnce && !isLasting;
    this.#when.hidden = !this.#how.node.hidden;
    this.#for.node.hidden = this.#isAtOnce;
    this.#matchLine.hidden = count < 2;
    this.#add.hidden = count >= MAX_CONDITIONS;
    for (const condition of this.#conditions) condition.isRemovable = count > 1;
  }
}
