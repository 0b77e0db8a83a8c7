// The page /account: refreshes relative times and copies a new API key.
import { byId } from "./dom.js";
import { copyButton } from "./copy.js";
import { refreshTimes } from "./time.js";

refreshTimes();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
