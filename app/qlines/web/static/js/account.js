// The page /account: refreshes relative times, offers time zones, copies a new API key, asks before one is removed.
import { byId } from "./dom.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { copyButton } from "./copy.js";
import { browserZone, exactTime, nowMs, refreshTimes } from "./time.js";
import { offerZones } from "./zones.js";

const CLOCK_MS = 1000;
const zones = byId("zone");

const showNow = () => (byId("zone-now").textContent = exactTime(nowMs()));

zones.options[0].textContent = `As the browser (${browserZone})`;
offerZones(zones); // the page itself has only the chosen one
showNow();
setInterval(showNow, CLOCK_MS);
refreshTimes();
wireConfirmForms();
for (const button of document.querySelectorAll("[data-copy]")) {
  copyButton(button, () => byId(button.dataset.copy).value);
}
