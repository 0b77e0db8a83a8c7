// The parameters in the dialog that defines a control: a group of fields for each.
import { byId, make } from "./dom.js";

const LIMITS = { number: ["min", "max", "step", "unit"], text: ["max_length"], choice: ["choices"], bool: [] };
const TYPES = { number: "Number", text: "Text", choice: "Choice of values", bool: "On or off" };
// What must be filled in, by kind.
const REQUIRED = { switch: [], slider: ["min", "max"], form: ["name", "choices"] };
// Of the kinds whose only parameter has this type.
const ONLY = { switch: "bool", slider: "number" };
const NUMBER = { type: "number", step: "any" };
const FIELDS = {
  name: ["Name", { maxlength: 64, spellcheck: "false" }],
  label: ["Label (optional)", { maxlength: 64 }],
  min: ["Lowest", NUMBER],
  max: ["Highest", NUMBER],
  step: ["Step", { ...NUMBER, min: 0 }],
  unit: ["Unit", { maxlength: 16 }],
  max_length: ["Characters at most", { type: "number", min: 1, max: 1000 }],
  choices: ["Values, separated by commas", {}],
};

const parsedChoice = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
const parsedChoices = (text) => text.split(",").map((part) => part.trim()).filter(Boolean).map(parsedChoice);

const PARSED = { name: (text) => text, label: (text) => text, unit: (text) => text, choices: parsedChoices };

function field(name, value, required) {
  const [text, attributes] = FIELDS[name];
  const input = make("input", { class: "form-control", autocomplete: "off", "data-field": name, value, required, ...attributes });
  return make("label", { class: "d-block" }, make("span", { class: "form-label" }, text), input);
}

function typeField(type, onChange) {
  const options = Object.entries(TYPES).map(([value, text]) => make("option", { value, selected: value === type }, text));
  return make("label", { class: "d-block" }, make("span", { class: "form-label" }, "Type"),
    make("select", { class: "form-select", "data-field": "type", on: { change: onChange } }, ...options));
}

/** Return what a group of fields says, as the API takes it; what is empty is left out. */
function typed(node) {
  const parameter = { type: node.dataset.type };
  for (const input of node.querySelectorAll("input[data-field]")) {
    const name = input.dataset.field;
    if (input.value || name === "name") parameter[name] = (PARSED[name] ?? Number)(input.value);
  }
  return parameter;
}

export class ParameterRows {
  #root = byId("control-parameters");
  #add = byId("control-parameter-add");
  #kind = "button";

  constructor() {
    this.#add.addEventListener("click", () => {
      const node = this.#append({ type: "number" });
      node.querySelector("select, input").focus();
    });
  }

  /** Show the parameters of a control of this kind, or those that it begins with. */
  show(kind, parameters = []) {
    this.#kind = kind;
    this.#root.replaceChildren();
    this.#add.hidden = kind !== "form";
    const first = kind === "button" ? [] : [{ type: ONLY[kind] ?? "number" }];
    for (const parameter of parameters.length ? parameters : first) this.#append(parameter);
  }

  /** Return all parameters, as the API takes them. */
  typed() {
    return [...this.#root.children].map(typed);
  }

  #append(parameter) {
    const node = make("fieldset", { class: "qlines-parameter" });
    this.#root.append(node);
    this.#fill(node, parameter);
    return node;
  }

  /** Fill the group with the fields of the parameter's type; another type has other fields. */
  #fill(node, parameter) {
    const { type } = parameter;
    const isForm = this.#kind === "form";
    node.dataset.type = type;
    const onType = ({ target }) => {
      this.#fill(node, { ...typed(node), type: target.value });
      node.querySelector("select").focus();
    };
    const show = (part) => field(part, [parameter[part] ?? ""].flat().join(", "), REQUIRED[this.#kind].includes(part));
    const names = [show("name"), ...(isForm ? [typeField(type, onType), show("label")] : [])];
    const limits = LIMITS[type].map(show);
    const remove = make("button", { class: "btn btn-sm", type: "button", on: { click: () => this.#remove(node) } }, "Remove parameter");
    node.replaceChildren(make("legend", { class: "form-label" }, isForm ? "Parameter" : "Its value"), ...names, ...limits, ...(isForm ? [remove] : []));
  }

  #remove(node) {
    const other = node.nextElementSibling ?? node.previousElementSibling;
    node.remove();
    (other?.querySelector("input") ?? this.#add).focus();
  }
}
