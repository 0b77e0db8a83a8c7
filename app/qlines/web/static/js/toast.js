// A short message about what was done, which leaves by itself; one about what failed stays until it is closed.
import { byId, make } from "./dom.js";

const SHOWN_MS = 6000;
const SHOWN_WITH_UNDO_MS = 12_000;
const KEY = "qlines-done"; // of this tab: what to show on the page that follows

/** Show what was done; undo() takes it back, and may throw. */
export function done(text, undo) {
  const node = show(text, "success", undo && undoButton(undo));
  leaveLater(node, undo ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
}

/** Show why something failed. */
export function failed({ message }) {
  show(message, "danger");
}

/** Let the page that is opened next show what was done. */
export function doneBeforeNextPage(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // Storage is blocked: the next page shows the outcome, without a message.
  }
}

/** Show what the page before has done. */
export function showDoneBefore() {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (text) done(text);
  } catch {
    // Storage is blocked.
  }
}

function show(text, kind, button) {
  const close = make("button", { class: "btn-close", type: "button", "aria-label": "Close", on: { click: () => node.remove() } });
  const node = make("div", { class: `alert alert-${kind} qlines-toast`, role: kind === "danger" ? "alert" : undefined },
    make("span", { class: "qlines-break" }, text), button, close);
  byId("toasts").append(node);
  return node;
}

function undoButton(undo) {
  const click = async ({ target }) => {
    target.disabled = true; // a second click would take back something else
    target.closest(".qlines-toast").remove();
    try {
      await undo();
      done("Undone.");
    } catch (error) {
      failed(error);
    }
  };
  return make("button", { class: "btn btn-sm", type: "button", on: { click } }, "Undo");
}

/** Remove it after a while, but never from under the pointer or the focus. */
function leaveLater(node, ms) {
  setTimeout(() => (node.matches(":hover, :focus-within") ? leaveLater(node, ms) : node.remove()), ms);
}
