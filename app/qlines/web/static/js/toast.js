// A short message about what was done, which leaves by itself; one about what failed stays until it is closed.
import { byId, make } from "./dom.js";

const SHOWN_MS = 6000;

/** Show the text; kind is "success" or "danger". */
export function toast(text, kind = "success") {
  const close = make("button", { class: "btn-close", type: "button", "aria-label": "Close", on: { click: () => node.remove() } });
  const node = make("div", { class: `alert alert-${kind} qlines-toast`, role: kind === "danger" ? "alert" : undefined },
    make("span", { class: "qlines-break" }, text), close);
  byId("toasts").append(node);
  if (kind !== "danger") setTimeout(() => node.remove(), SHOWN_MS);
}
