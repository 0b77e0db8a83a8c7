// The controls of the card "History": ranges, steps, the form for a free range, and a checkbox per key.
import { inputMs, inputText } from "./chart_time.js";
import { byId, make, showText } from "./dom.js";

/** The buttons that move a span: how many times as long, and by which share of it. */
const STEPS = {
  earlier: { shift: -0.5 }, later: { shift: 0.5 }, "zoom-in": { times: 0.5 }, "zoom-out": { times: 2 },
};

/** Call onRange(range), such as "24h", and onStep({ times, shift }) when a button is clicked. */
export function wireButtons({ onRange, onStep }) {
  for (const button of byId("ranges").querySelectorAll("[data-range]")) {
    button.addEventListener("click", () => onRange(button.dataset.range));
  }
  for (const [id, step] of Object.entries(STEPS)) byId(id).addEventListener("click", () => onStep(step));
}

/** Open the form for a free range with its button, filled with span(); onSpan({ from, to }) gets the times. */
export function wireFreeRange({ span, onSpan }) {
  const [form, button] = [byId("free-form"), byId("free")];
  button.addEventListener("click", () => {
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) fillTimes(span());
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [from, to] = ["free-from", "free-to"].map((id) => inputMs(byId(id).value));
    showText(byId("free-error"), from < to ? "" : "The start must be before the end.");
    if (from < to) onSpan({ from, to });
  });
}

/** Fill the form with the times of a span. */
export function fillTimes({ from, to }) {
  byId("free-from").value = inputText(from);
  byId("free-to").value = inputText(to);
}

/** Replace the checkboxes; onToggle(key) is called when one changes. */
export function showKeys(keys, displays, onToggle) {
  const boxes = keys.map((key) => make("label", { class: "form-check form-check-inline" },
    make("input", { class: "form-check-input", type: "checkbox", value: key, on: { change: () => onToggle(key) } }),
    make("span", { class: "form-check-label qlines-break" }, displays.label(key))));
  byId("keys").replaceChildren(byId("keys").querySelector("legend"), ...boxes);
}

/** Mark the chosen range, null for a span that stands still, and the chosen keys. */
export function markChosen(range, keys) {
  const press = (button, isChosen) => {
    button.classList.toggle("active", isChosen);
    button.setAttribute("aria-pressed", String(isChosen));
  };
  for (const button of byId("ranges").querySelectorAll("[data-range]")) press(button, button.dataset.range === range);
  byId("free").classList.toggle("active", range === null);
  for (const box of byId("keys").querySelectorAll("input")) box.checked = keys.includes(box.value);
}
