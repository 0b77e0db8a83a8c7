// The fields of a rule's form, so small that a sentence can be written around them. Each is a part: { node, value() }.
import { make } from "./dom.js";
import { TYPED_UNITS, splitSeconds } from "./durations.js";

const isAttribute = (value) => value !== null && typeof value === "object" && "attribute" in value;
const typedNumber = (input) => (input.value.trim() === "" ? undefined : Number(input.value));

function numberInput(label, value, attributes = {}) {
  return make("input", {
    class: "form-control qlines-inline-number", type: "number", step: "any", inputmode: "decimal", autocomplete: "off",
    "aria-label": label, value: value ?? "", ...attributes,
  });
}

/** A choice among [[value, text], …]. */
export function choicePart(field, label, options, chosen) {
  const nodes = options.map(([value, text]) => make("option", { value, selected: value === chosen }, text));
  const node = make("select", { class: "form-select qlines-inline", "aria-label": label, "data-field": field, autocomplete: "off" }, ...nodes);
  return { field, node, value: () => node.value };
}

/** A text. */
export function textPart(field, label, value, attributes = {}) {
  const node = make("input", { class: "form-control qlines-inline", "aria-label": label, "data-field": field, value, autocomplete: "off", ...attributes });
  return { field, node, value: () => node.value };
}

/** A box that is ticked or not, with its words behind it. */
export function boxPart(field, text, isChecked) {
  const box = make("input", { class: "form-check-input", type: "checkbox", "data-field": field, checked: isChecked });
  return { field, node: make("label", { class: "form-check qlines-inline-check" }, box, make("span", { class: "form-check-label" }, text)), value: () => box.checked };
}

function plainNumber(label, value, attributes) {
  const node = numberInput(label, value, attributes);
  return { node, value: () => typedNumber(node) };
}

function plainDuration(label, seconds) {
  const { count, unitSeconds } = splitSeconds(seconds ?? 0);
  const number = numberInput(label, seconds === undefined || seconds === null ? "" : count, { min: 0 });
  const options = TYPED_UNITS.map(([, size]) => make("option", { value: size, selected: size === unitSeconds }));
  const unit = make("select", { class: "form-select qlines-inline", "aria-label": `${label}: unit`, autocomplete: "off" }, ...options);
  const sayUnits = () => TYPED_UNITS.forEach(([word], i) => (options[i].textContent = Number(number.value) === 1 ? word : `${word}s`));
  number.addEventListener("input", sayUnits);
  sayUnits();
  const value = () => (number.value.trim() === "" ? undefined : Math.round(Number(number.value) * Number(unit.value)));
  return { node: make("span", { class: "qlines-duration" }, number, unit), value };
}

/** A length of time, in seconds; undefined while nothing is typed. */
export function durationPart(field, label, seconds) {
  const plain = plainDuration(label, seconds);
  plain.node.dataset.field = field;
  return { field, ...plain };
}

/** Let the value also come from an attribute of the device: then it is {attribute, default}. */
function sourcedPart(field, label, given, plain) {
  const isFromAttribute = isAttribute(given);
  const name = make("input", {
    class: "form-control qlines-inline", "aria-label": `${label}: name of the attribute`, placeholder: "attribute", maxlength: 255,
    value: isFromAttribute ? given.attribute : "", spellcheck: "false", autocomplete: "off",
  });
  const words = [["number", "number"], ["attribute", "attribute"]];
  const source = choicePart("", `${label}: where it is from`, words, isFromAttribute ? "attribute" : "number");
  const named = make("span", { class: "qlines-duration" }, name, make("span", { class: "text-nowrap" }, "or without it"));
  const show = () => (named.hidden = source.value() === "number");
  source.node.classList.add("qlines-source");
  source.node.addEventListener("change", show);
  show();
  const value = () => (source.value() === "number" ? plain.value() : { attribute: name.value.trim(), default: plain.value() });
  return { field, node: make("span", { class: "qlines-duration", "data-field": field }, source.node, named, plain.node), value };
}

const plainOf = (given) => (isAttribute(given) ? given.default : given);

/** A limit: a number, or an attribute of the device. */
export const limitPart = (field, label, given, attributes) => sourcedPart(field, label, given, plainNumber(label, plainOf(given), attributes));

/** A length of time that may also be an attribute of the device. */
export const sourcedDurationPart = (field, label, given) => sourcedPart(field, label, given, plainDuration(label, plainOf(given)));

/** Return whether a value of the rule, at any depth, comes from an attribute. */
export function usesAttributes(value) {
  if (value === null || typeof value !== "object") return false;
  return isAttribute(value) || Object.values(value).some(usesAttributes);
}
