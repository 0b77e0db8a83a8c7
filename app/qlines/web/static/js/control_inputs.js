// The inputs of a control's parameters, and the values in them. The browser checks the limits, and says what is wrong.
import { make } from "./dom.js";
import { valueText } from "./status.js";

export const labelOf = ({ label, name, fallback = "Value" }) => label || name || fallback;

/** Return the value with its unit. */
export const withUnit = (value, { unit }) => (unit ? `${valueText(value)} ${unit}` : valueText(value));

const INPUTS = {
  number: ({ min, max, step = "any", value = min ?? "" }) => make("input", { class: "form-control", type: "number", min, max, step, value, required: true, inputmode: "decimal" }),
  text: ({ max_length: maxlength, value = "" }) => make("input", { class: "form-control", type: "text", maxlength, value, autocomplete: "off" }),
  choice: ({ choices }) => make("select", { class: "form-select" }, ...choices.map((choice, at) => make("option", { value: at }, valueText(choice)))),
  bool: () => make("input", { class: "form-check-input", type: "checkbox" }),
};

const VALUES = {
  number: (node) => node.valueAsNumber,
  text: (node) => node.value,
  choice: (node, { choices }) => choices[Number(node.value)],
  bool: (node) => node.checked,
};

/** Return a field of a form: { node, value() } for one parameter. */
export function parameterField(parameter) {
  const input = INPUTS[parameter.type](parameter);
  const text = parameter.unit ? `${labelOf(parameter)} (${parameter.unit})` : labelOf(parameter);
  const node = parameter.type === "bool"
    ? make("label", { class: "form-check" }, input, make("span", { class: "form-check-label qlines-break" }, text))
    : make("label", { class: "d-block" }, make("span", { class: "form-label qlines-break" }, text), input);
  return { node, value: () => VALUES[parameter.type](input, parameter) };
}

/** Return the fields of all parameters of a control: { nodes, values() }, values by parameter name as the API takes them. */
export function parameterFields({ parameters }) {
  const fields = parameters.map((parameter) => ({ name: parameter.name, ...parameterField(parameter) }));
  return {
    nodes: fields.map(({ node }) => node),
    values: () => Object.fromEntries(fields.map(({ name, value }) => [name, value()])),
  };
}

/** Return the params that a control sends with these values, as store/control_rules.py makes them. */
export function paramsOf({ kind, params, parameters }, values) {
  if (kind === "button") return params;
  return parameters[0].name === "" ? values[""] : values;
}

/** Return the value of the only parameter of a switch or slider in what it has sent. */
export function valueIn({ parameters: [{ name }] }, params) {
  return name === "" ? params : params?.[name];
}
