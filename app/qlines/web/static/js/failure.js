// What could not be loaded: the reason in the page's notice, with a button that tries it again.
import { byId, make, showText } from "./dom.js";

const LOADING = "Loading…"; // what an element with data-loading says until it is filled

/** Return whether the server did not answer at all. A page that is live has a badge that says so: one sign is enough. */
export const isUnreachable = ({ status }) => status === 0;

/** Show why loading failed; retry() loads again. What still says "Loading…" says that it is not loaded. */
export function showFailure({ message, status }, retry) {
  for (const node of document.querySelectorAll("[data-loading]")) {
    if (node.textContent.trim() === LOADING) node.textContent = "Not loaded.";
  }
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
