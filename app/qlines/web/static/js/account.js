// The page /account: keeps times true, copies a new key.
import { byId } from "./dom.js";
import { copyButton } from "./copy.js";
import { keepTimesTrue } from "./time.js";

keepTimesTrue();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
