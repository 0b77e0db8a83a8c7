// The dialog "Labels and units": how the owner wants each key to be shown.
import { call } from "./api.js";
import { byId, make, showText, wireCloseButtons } from "./dom.js";
import { done } from "./toast.js";

const MAX_LABEL = 64;
const MAX_UNIT = 16;

function field(part, key, value, maxlength) {
  return make("input", { class: "form-control", "data-part": part, "aria-label": `${part} of ${key}`, value, maxlength, autocomplete: "off" });
}

function row(key, displays) {
  return make("div", { class: "qlines-display", "data-key": key },
    make("span", { class: "qlines-break" }, key),
    field("Label", key, displays.ownLabel(key), MAX_LABEL),
    field("Unit", key, displays.unit(key), MAX_UNIT));
}

/** Return what the rows say as the API takes it, {key: {label, unit}}. */
function typed() {
  const value = (node, part) => node.querySelector(`[data-part="${part}"]`).value;
  const rows = [...byId("labels-rows").children];
  return Object.fromEntries(rows.map((node) => [node.dataset.key, { label: value(node, "Label"), unit: value(node, "Unit") }]));
}

/** Wire the dialog; keys() returns the keys, onSaved() is called when *displays* has changed. */
export function deviceLabels(deviceId, displays, { keys, onSaved }) {
  const change = async (all) => {
    displays.replace((await call(`/api/devices/${deviceId}`, { method: "PATCH", body: { displays: all } })).displays);
    onSaved();
  };
  wireCloseButtons(byId("labels"));
  byId("labels-open").addEventListener("click", () => open(keys(), displays));
  byId("labels-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(displays.all(), change).catch((error) => showText(byId("labels-error"), error.message));
  });
}

function open(keys, displays) {
  byId("labels-rows").replaceChildren(...keys.map((key) => row(key, displays)));
  showText(byId("labels-error"), keys.length ? "" : "The device has not sent a value yet.");
  byId("labels").showModal();
}

async function save(before, change) {
  await change({ ...before, ...typed() });
  byId("labels").close();
  done("The labels and units were saved.", () => change(before));
}
