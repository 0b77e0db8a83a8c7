// The controls of the card "History": a button per range and a checkbox per key.
import { byId, make } from "./dom.js";

/** Call onRange(range), such as "24h", when a button is clicked. */
export function wireRanges(onRange) {
  for (const button of byId("ranges").children) button.addEventListener("click", () => onRange(button.dataset.range));
}

/** Replace the checkboxes; onToggle(key) is called when one changes. */
export function showKeys(keys, onToggle) {
  const boxes = keys.map((key) => make("label", { class: "form-check form-check-inline" },
    make("input", { class: "form-check-input", type: "checkbox", value: key, on: { change: () => onToggle(key) } }),
    make("span", { class: "form-check-label qlines-break" }, key)));
  byId("keys").replaceChildren(byId("keys").querySelector("legend"), ...boxes);
}

/** Mark the chosen range and keys. */
export function markChosen(range, keys) {
  for (const button of byId("ranges").children) {
    const isChosen = button.dataset.range === range;
    button.classList.toggle("active", isChosen);
    button.setAttribute("aria-pressed", String(isChosen));
  }
  for (const box of byId("keys").querySelectorAll("input")) box.checked = keys.includes(box.value);
}
