// When a rule may begin an alarm: always, or on some days of the week between two times, in a zone.
import { byId, make } from "./dom.js";
import { zone } from "./time.js";

const WORKDAYS = [1, 2, 3, 4, 5];
// The end of a day, which a field for a time cannot say.
const MIDNIGHT = "00:00", END_OF_DAY = "24:00";
const days = () => [...byId("schedule-days").querySelectorAll("input")];

/** Offer every zone that this browser knows. */
function offerZones(chosen) {
  const names = new Set([chosen, zone, ...(Intl.supportedValuesOf?.("timeZone") ?? [])]);
  byId("schedule-zone").replaceChildren(...[...names].map((name) => make("option", { value: name }, name)));
  byId("schedule-zone").value = chosen;
}

const showWhether = () => (byId("schedule-part").hidden = !byId("schedule-on").checked);

/** Show a schedule as the API has it, null for none. */
export function showSchedule(schedule) {
  const { zone: name, days: chosen, from, to } = schedule ?? { zone, days: WORKDAYS, from: "08:00", to: "18:00" };
  byId("schedule-on").checked = schedule !== null;
  byId("schedule-on").onchange = showWhether;
  for (const box of days()) box.checked = chosen.includes(Number(box.value));
  byId("schedule-from").value = from;
  byId("schedule-to").value = to === END_OF_DAY ? MIDNIGHT : to;
  offerZones(name);
  showWhether();
}

/** Return the schedule as the API takes it. */
export function typedSchedule() {
  const to = byId("schedule-to").value;
  if (!byId("schedule-on").checked) return null;
  return {
    zone: byId("schedule-zone").value, days: days().filter(({ checked }) => checked).map(({ value }) => Number(value)),
    from: byId("schedule-from").value, to: to === MIDNIGHT ? END_OF_DAY : to,
  };
}
