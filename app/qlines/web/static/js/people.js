// The page /people: refreshes relative times, copies a link, asks before somebody is locked out.
import { byId } from "./dom.js";
import { confirmed } from "./confirm.js";
import { copyButton } from "./copy.js";
import { refreshTimes } from "./time.js";

refreshTimes();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { confirm, confirmText, confirmYes } = form.dataset;
    if (await confirmed(confirm, confirmText, confirmYes)) form.submit();
  });
}
