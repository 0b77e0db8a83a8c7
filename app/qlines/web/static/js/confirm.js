// Asks for confirmation before something that cannot be undone.
import { byId } from "./dom.js";

let answer = () => {}; // resolves the promise of the last question

/** Show the dialog and return whether the user confirmed; with *typed*, only by typing that text. */
export function confirmed(title, text, confirmLabel, typed = "") {
  const [dialog, yes, field] = ["confirm", "confirm-yes", "confirm-typed"].map(byId);
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-expected").textContent = typed;
  byId("confirm-typing").hidden = !typed;
  yes.textContent = confirmLabel;
  yes.disabled = Boolean(typed);
  field.value = "";
  field.oninput = () => (yes.disabled = field.value.trim() !== typed);
  byId("confirm-no").onclick = () => dialog.close("no");
  // A browser tells that a dialog was closed a moment later, perhaps when it is open again for the next question.
  answer(dialog.returnValue === "yes");
  dialog.returnValue = "no";
  dialog.onclose = () => dialog.open || answer(dialog.returnValue === "yes");
  dialog.showModal();
  return new Promise((resolve) => (answer = resolve));
}
