// The dates of a chart's axis, in the viewer's zone.
import { browserZone, zone } from "./time.js";

/** Return uPlot's date for epoch seconds: a Date whose local parts are those of the zone. */
export function chartDate(seconds) {
  const date = new Date(seconds * 1e3);
  return zone === browserZone ? date : uPlot.tzDate(date, zone);
}
