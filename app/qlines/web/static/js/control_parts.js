// How each kind of control looks: { nodes, values(), show(value), undo() }; the form around it sends.
import { labelOf, parameterFields, withUnit } from "./control_inputs.js";
import { make } from "./dom.js";

const submit = (text, isLarge = false) => make("button", { class: `btn btn-primary${isLarge ? " w-100 qlines-press" : ""}`, type: "submit" }, text);
const heading = ({ label }) => make("h3", { class: "qlines-control-label" }, label);
const nothing = () => {};

function buttonPart(control) {
  return { nodes: [submit(control.label, true)], values: () => ({}), show: nothing, undo: nothing };
}

/** A switch sends when it is switched. */
function switchPart(control) {
  const [{ name }] = control.parameters;
  const input = make("input", { class: "form-check-input", type: "checkbox", role: "switch", on: { change: () => input.form.requestSubmit() } });
  const node = make("label", { class: "form-check form-switch qlines-switch" }, input, make("span", { class: "form-check-label qlines-control-label" }, control.label));
  const show = (value) => (input.checked = value === true);
  const undo = () => (input.checked = !input.checked);
  return { nodes: [node], values: () => ({ [name]: input.checked }), show, undo };
}

/** A slider sends by its button: a finger that scrolls the page must not open a valve. */
function sliderPart(control) {
  const [parameter] = control.parameters;
  const { name, min, max, step = "any" } = parameter;
  const shown = make("span", { class: "qlines-number", "aria-hidden": "true" }); // the slider says it itself
  const input = make("input", { class: "form-range", type: "range", min, max, step, "aria-label": labelOf({ ...parameter, fallback: control.label }) });
  const say = () => input.setAttribute("aria-valuetext", (shown.textContent = withUnit(input.valueAsNumber, parameter)));
  const show = (value) => {
    input.value = typeof value === "number" ? value : min;
    say();
  };
  input.addEventListener("input", say);
  const nodes = [make("div", { class: "qlines-item" }, heading(control), shown), input, submit("Set")];
  return { nodes, values: () => ({ [name]: input.valueAsNumber }), show, undo: nothing };
}

function formPart(control) {
  const { nodes, values } = parameterFields(control);
  return { nodes: [heading(control), ...nodes, submit("Send")], values, show: nothing, undo: nothing };
}

const PARTS = { button: buttonPart, switch: switchPart, slider: sliderPart, form: formPart };

/** Return the part of a control, by its kind; show() gets the value at which it stands, or undefined; undo() is called when nothing was sent. */
export const controlPart = (control) => PARTS[control.kind](control);
