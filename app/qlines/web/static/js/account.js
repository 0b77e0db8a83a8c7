// The page /account: refreshes relative times, offers time zones, copies a new API key, asks before one is removed.
import { byId, make } from "./dom.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { copyButton } from "./copy.js";
import { browserZone, exactTime, nowMs, refreshTimes } from "./time.js";

const CLOCK_MS = 1000;
const zones = byId("zone");

/** Offer every zone that this browser knows; the page itself has only the chosen one. */
function offerZones() {
  zones.options[0].textContent = `As the browser (${browserZone})`;
  const offered = new Set([...zones.options].map(({ value }) => value));
  const others = (Intl.supportedValuesOf?.("timeZone") ?? []).filter((name) => !offered.has(name));
  zones.append(...others.map((name) => make("option", {}, name)));
}

const showNow = () => (byId("zone-now").textContent = exactTime(nowMs()));

offerZones();
showNow();
setInterval(showNow, CLOCK_MS);
refreshTimes();
wireConfirmForms();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
