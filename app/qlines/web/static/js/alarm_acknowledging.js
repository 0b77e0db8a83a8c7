// Acknowledges alarms, one or several, and says of each what became of it.
import { call } from "./api.js";
import { byId, make, showText } from "./dom.js";
import { done } from "./toast.js";

const alarms = (count) => (count === 1 ? "1 alarm" : `${count.toLocaleString()} alarms`);

/** Acknowledge one alarm; return it. */
export const acknowledgeOne = (id) => call(`/api/alarms/${id}/acknowledge`, { method: "POST" });

const OUTCOMES = { "was acknowledged": "somebody has acknowledged it before.", "not found": "it is not there any more." };

/** Acknowledge these alarms; nameOf(id) names one. Say of each that was not acknowledged now why not; that stays on the page. */
export async function acknowledgeAll(ids, nameOf) {
  const results = await call("/api/alarms/acknowledge", { method: "POST", body: { ids } });
  const others = results.filter(({ result }) => result !== "acknowledged");
  if (results.length > others.length) done(`Acknowledged ${alarms(results.length - others.length)}.`);
  showOthers(others, nameOf);
}

function showOthers(others, nameOf) {
  const lines = others.map(({ id, result }) => make("li", { class: "qlines-break" }, `${nameOf(id)}: ${OUTCOMES[result] ?? result}`));
  showText(byId("bulk-results"), "");
  if (!lines.length) return;
  const onClose = () => {
    showText(byId("bulk-results"), "");
    byId("title").focus();
  };
  const close = make("button", { class: "btn btn-sm mt-2", type: "button", on: { click: onClose } }, "Close");
  byId("bulk-results").replaceChildren(make("div", {}, make("strong", {}, `Not acknowledged now: ${alarms(lines.length)}`), make("ul", { class: "mb-0" }, ...lines), close));
  byId("bulk-results").hidden = false;
}
