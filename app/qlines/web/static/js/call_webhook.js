// The page /account/calls: refreshes relative times, copies a new secret, asks before one is replaced or the webhook removed.
import { byId } from "./dom.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { copyButton } from "./copy.js";
import { refreshTimes } from "./time.js";

refreshTimes();
wireConfirmForms();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
