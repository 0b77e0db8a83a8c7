// Asks for confirmation before something that cannot be undone.
import { byId } from "./dom.js";

/** Show the dialog and return whether the user confirmed. */
export function confirmed(title, text, confirmLabel) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = confirmLabel;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
