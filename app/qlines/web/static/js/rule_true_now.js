// A rule that is true already when it is switched on: an alarm at once, or only when it happens again?
import { byId, make, showText } from "./dom.js";

const NAMED = 5;

/** Return "It is true now for 3 devices: a, b and c." */
export function trueNowSentence(devices) {
  const names = devices.slice(0, NAMED).map(({ name }) => name);
  const more = devices.length > NAMED ? ` and ${(devices.length - NAMED).toLocaleString()} more` : "";
  return `It is true now for ${devices.length === 1 ? "1 device" : `${devices.length.toLocaleString()} devices`}: ${names.join(", ")}${more}.`;
}

/** The question in the form. */
export class TrueNow {
  #devices = [];

  /** Ask about these devices, [{ id, name }, …], if there is one. */
  show(devices) {
    this.#devices = devices;
    byId("true-now").hidden = !devices.length;
    if (devices.length) byId("true-now-text").replaceChildren(make("span", { class: "qlines-break" }, trueNowSentence(devices)));
    showText(byId("true-now-error"), "");
  }

  /** Return the answer as the API takes it, {} while it is not asked. */
  value() {
    const chosen = byId("true-now").querySelector("input:checked");
    return this.#devices.length && chosen ? { when_true_now: chosen.value } : {};
  }

  /** Ask for an answer, which the server needs; *devices* are those that it found. */
  insist(devices) {
    this.show(devices);
    showText(byId("true-now-error"), "Choose one of the two, then save again.");
    byId("true-now").querySelector("input").focus();
  }
}
