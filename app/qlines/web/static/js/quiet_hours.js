// Quiet hours in a form, as templates/quiet_hours.html has them.
import { byId } from "./dom.js";
import { zone } from "./time.js";
import { offerZones } from "./zones.js";

/** Offer the zones, first that of all times, and show the hours while they are wanted. */
export function wireQuietHours() {
  const list = byId("quiet-zone");
  if (!list.value) list.options[0].textContent = zone;
  offerZones(list);
  byId("quiet-on").addEventListener("change", ({ target }) => (byId("quiet-times").hidden = !target.checked));
}

/** Return the hours that were chosen, null for none. */
export function typedQuietHours() {
  if (!byId("quiet-on").checked) return null;
  return { zone: byId("quiet-zone").value, from: byId("quiet-from").value, to: byId("quiet-to").value };
}
