// One condition of a rule as a sentence: "temperature is above 80, until it is at or below 75".
import { make } from "./dom.js";
import { boxPart, choicePart, limitPart, sourcedDurationPart, durationPart, textPart } from "./rule_parts.js";
import { scalarOf, scalarText } from "./rule_scalar.js";

const ANY = "any", CONNECTION = "connection", OTHER = "other";
const ofKey = (key) => `key:${key}`;
// The kinds of a condition about a key, and how the sentence continues.
const KIND_WORDS = {
  above: "is above", below: "is below", outside: "is outside of", equals: "is", change: "changes",
  rate: "changes by more than", no_data: "does not arrive for",
};
const FIXED = { [ANY]: ["no_data", "does not arrive for"], [CONNECTION]: ["offline", "is lost for"] };
const AS_LIMIT = { placeholder: "same" }; // where it ends when nothing is typed

const limit = (field, label, values) => limitPart(field, label, values[field]);
const clear = (field, label, values) => limitPart(field, label, values[field], AS_LIMIT);

function equalsPart(value) {
  const part = textPart("value", "Value", value === undefined ? "" : scalarText(value), { placeholder: "true, 5 or on", maxlength: 255 });
  return { ...part, value: () => scalarOf(part.node.value) };
}

// What follows the words of the kind: texts and parts.
const REST = {
  above: (values) => [limit("limit", "Limit", values), "until it is at or below", clear("clear", "It ends at or below", values)],
  below: (values) => [limit("limit", "Limit", values), "until it is at or above", clear("clear", "It ends at or above", values)],
  outside: (values) => [
    limit("low", "Lowest", values), "to", limit("high", "Highest", values),
    "until it is within", clear("clear_low", "It ends at or above", values), "to", clear("clear_high", "It ends at or below", values),
  ],
  equals: ({ value }) => [equalsPart(value)],
  change: () => ["from one reading to the next"],
  rate: (values) => [
    limit("limit", "Limit", values), "in", durationPart("per_seconds", "Time of the change", values.per_seconds ?? 60),
    "until it is at most", clear("clear", "It ends at or below", values),
  ],
  no_data: (values) => [
    sourcedDurationPart("seconds", "Time without a value", values.seconds ?? 600),
    boxPart("if_never", "also for devices that never sent it", values.if_never === true),
  ],
  offline: (values) => [sourcedDurationPart("seconds", "Time without a connection", values.seconds ?? 60)],
};

function subjectOf({ kind, key }) {
  if (kind === "offline") return CONNECTION;
  return kind === "no_data" && !key ? ANY : ofKey(key ?? "");
}

export class Condition {
  #values; // of every field that was shown, so that another kind and back loses nothing
  #kindPart;
  #parts = [];
  #other = textPart("key", "Key", "", { placeholder: "key, as the device sends it", maxlength: 255, spellcheck: "false" });
  #subject = make("select", { class: "form-select qlines-inline qlines-subject", "aria-label": "What is watched", "data-field": "key", autocomplete: "off" });
  #rest = make("span", { class: "qlines-sentence-rest" });
  #remove;

  /** keys are [{ key, now }, …]; onRemove(condition) is called by its button. */
  constructor(values, keys, onRemove) {
    this.#values = values;
    this.#remove = make("button", { class: "btn btn-sm", type: "button", on: { click: () => onRemove(this) } }, "Remove");
    this.node = make("div", { class: "qlines-sentence", role: "group", "aria-label": "Condition", "data-condition": true });
    this.#subject.addEventListener("change", () => this.#choose());
    this.offer(keys);
    this.#draw();
  }

  /** Offer these keys; the one that is chosen stays. */
  offer(keys) {
    const chosen = this.#subject.value || subjectOf(this.#values);
    const names = keys.map(({ key }) => ofKey(key));
    const known = keys.map(({ key, now }) => make("option", { value: ofKey(key) }, now === "" ? key : `${key} (now ${now})`));
    const own = chosen.startsWith("key:") && !names.includes(chosen) ? [make("option", { value: chosen }, chosen.slice(4) || "Choose…")] : [];
    const fixed = [[ANY, "any value"], [CONNECTION, "the connection"], [OTHER, "another key…"]].map(([value, text]) => make("option", { value }, text));
    this.#subject.replaceChildren(...own, ...known, ...fixed);
    this.#subject.value = chosen;
  }

  /** Let the button that removes it be there or not. */
  set isRemovable(isRemovable) {
    this.#remove.hidden = !isRemovable;
  }

  /** Return the condition as the API takes it; what is empty is left out. */
  value() {
    this.#remember();
    const key = this.#key();
    const typed = this.#parts.map((part) => [part.field, part.value()]).filter(([, value]) => value !== undefined);
    return { kind: this.#kind(), ...(key !== undefined && { key }), ...Object.fromEntries(typed) };
  }

  /** The kind of the condition, as the API names it. */
  get kind() {
    return this.#kind();
  }

  #key() {
    const { value } = this.#subject;
    if (value === OTHER) return this.#other.value();
    return value.startsWith("key:") ? value.slice(4) : undefined;
  }

  #kind() {
    return FIXED[this.#subject.value]?.[0] ?? this.#kindPart.value();
  }

  #remember() {
    for (const part of this.#parts) this.#values[part.field] = part.value();
  }

  #choose() {
    this.#remember();
    const isAboutKey = !(this.#subject.value in FIXED);
    if (isAboutKey && !(this.#values.kind in KIND_WORDS)) this.#values.kind = "above";
    this.#draw();
    this.#subject.focus(); // it was moved, and would lose the focus
  }

  #changeKind() {
    this.#remember();
    this.#values.kind = this.#kindPart.value();
    this.#drawRest();
  }

  #draw() {
    const fixed = FIXED[this.#subject.value];
    const words = fixed ? [fixed] : Object.entries(KIND_WORDS);
    this.#kindPart = choicePart("kind", "What must be true", words, fixed?.[0] ?? this.#values.kind);
    this.#kindPart.node.addEventListener("change", () => this.#changeKind());
    this.#other.node.hidden = this.#subject.value !== OTHER;
    const kind = fixed ? make("span", { "data-field": "kind" }, fixed[1]) : this.#kindPart.node;
    this.node.replaceChildren(this.#subject, this.#other.node, kind, this.#rest, this.#remove);
    this.#drawRest();
  }

  #drawRest() {
    const pieces = REST[this.#kind()](this.#values);
    this.#parts = pieces.filter((piece) => typeof piece !== "string");
    this.#rest.replaceChildren(...pieces.map((piece) => (typeof piece === "string" ? make("span", {}, piece) : piece.node)));
  }
}
