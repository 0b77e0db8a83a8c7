// Forms that ask before they are sent: those with data-confirm, data-confirm-text and data-confirm-yes. They are inert
// until then: a press before this script is there would not be asked about.
import { confirmed } from "./confirm.js";

/** Let every such form of the page ask. */
export function wireConfirmForms() {
  for (const form of document.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { confirm, confirmText, confirmYes } = form.dataset;
      if (await confirmed(confirm, confirmText, confirmYes)) form.submit();
    });
    form.inert = false;
  }
}
