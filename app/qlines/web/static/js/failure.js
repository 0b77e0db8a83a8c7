// What could not be loaded: the reason in the page's notice, with a button that tries it again.
import { byId, make, showText } from "./dom.js";

/** Show why loading failed; retry() loads again. What still says "Loading…" says that it is not loaded. */
export function showFailure({ message, status }, retry) {
  for (const node of document.querySelectorAll("[data-loading]")) node.textContent = "Not loaded.";
  const notice = byId("notice");
  // The same failure again: the button may have the focus, and nothing must be read out twice.
  if (!notice.hidden && notice.firstChild?.textContent === message) return;
  const [label, click] = status === 401 ? ["Sign in", () => window.location.reload()] : ["Try again", retry];
  notice.replaceChildren(make("span", {}, message), make("button", { class: "btn btn-sm ms-auto", type: "button", on: { click } }, label));
  notice.hidden = false;
}

const hasFailure = () => byId("notice").querySelector("button") !== null;

/** Hide the reason: everything could be loaded. */
export function hideFailure() {
  if (hasFailure()) showText(byId("notice"), "");
}

/** Show the server's notice, "" for none, unless something else on the page could not be loaded. */
export function showNotice(text) {
  if (!hasFailure()) showText(byId("notice"), text);
}
