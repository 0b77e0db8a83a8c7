// The page /people: refreshes relative times, copies a link, asks before somebody is locked out.
import { byId } from "./dom.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { copyButton } from "./copy.js";
import { refreshTimes } from "./time.js";

refreshTimes();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
wireConfirmForms();
