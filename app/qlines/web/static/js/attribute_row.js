// A row of the card "Attributes": a key, what is desired, what is reported, and whether they differ.
import { labelledCell, make } from "./dom.js";
import { valueText } from "./status.js";
import { timeNode } from "./time.js";

const MAX_SHORT = 120;

/** Return the value as nodes: a long one is opened by a click. */
function valueNodes(value) {
  const text = valueText(value);
  if (text.length <= MAX_SHORT) return [text];
  const whole = typeof value === "object" ? JSON.stringify(value, null, 2) : text;
  return [make("details", {}, make("summary", { class: "qlines-summary qlines-long" }, `${text.slice(0, MAX_SHORT)}…`), make("pre", { class: "qlines-answer" }, whole))];
}

const small = (...nodes) => make("div", { class: "text-secondary small" }, ...nodes);

function desiredNodes(desired) {
  if (!desired) return ["–"];
  return [...valueNodes(desired.value), small("set ", timeNode(desired.ts), ` by ${desired.by}`)];
}

function reportedNodes(reported) {
  if (!reported) return ["–"];
  const repeated = reported.ts === reported.since ? [] : [", sent last ", timeNode(reported.ts)];
  return [...valueNodes(reported.value), small("since ", timeNode(reported.since), ...repeated)];
}

function stateNodes({ desired, reported, since }) {
  if (!desired) return [];
  if (since === undefined) return [make("span", { class: "badge bg-green-lt" }, "As desired")];
  const words = reported ? ["Differs", "since "] : ["Not reported", "desired since "];
  return [make("span", { class: "badge bg-yellow-lt" }, words[0]), small(words[1], timeNode(since))];
}

export class AttributeRow {
  #pair = null;
  #shown = {}; // part ▶ what it shows, as JSON: a part is filled again only when that has changed
  #parts = { state: make("div"), desired: make("div", { class: "qlines-break" }), reported: make("div", { class: "qlines-break" }) };
  #change = make("button", { class: "btn btn-sm", type: "button" });
  #delete = make("button", { class: "btn btn-sm", type: "button" }, "Delete");

  /** onChange(pair) and onDelete(pair) get what the row shows. */
  constructor(key, { onChange, onDelete }) {
    this.key = key;
    this.#change.addEventListener("click", () => onChange(this.#pair));
    this.#delete.addEventListener("click", () => onDelete(this.#pair));
    this.#delete.setAttribute("aria-label", `Delete the desired value of ${key}`);
    this.node = make("tr", { "data-key": key },
      labelledCell("Key", { class: "qlines-key" }, make("div", {}, make("div", { class: "qlines-break" }, key), this.#parts.state)),
      labelledCell("Desired", {}, this.#parts.desired),
      labelledCell("Reported", {}, this.#parts.reported),
      make("td", { class: "qlines-wide" }, make("div", { class: "btn-list" }, this.#change, this.#delete)));
  }

  /** Show {key, desired, reported, since}, as pairs() makes it. */
  show(pair) {
    const { desired, reported, since } = pair;
    this.#pair = pair;
    this.#fill("state", [desired !== undefined, reported !== undefined, since], () => stateNodes(pair));
    this.#fill("desired", desired ?? null, () => desiredNodes(desired));
    this.#fill("reported", reported ?? null, () => reportedNodes(reported));
    this.#showActions(desired ? "Change" : "Set");
  }

  #fill(part, data, nodes) {
    const text = JSON.stringify(data);
    if (this.#shown[part] === text) return;
    this.#shown[part] = text;
    this.#parts[part].replaceChildren(...nodes());
  }

  #showActions(verb) {
    this.#change.textContent = verb;
    this.#change.setAttribute("aria-label", `${verb} the desired value of ${this.key}`);
    this.#delete.hidden = verb === "Set";
  }
}
