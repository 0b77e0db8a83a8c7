// The chart's times in the viewer's zone: dates of its axis, and the form for a free range.
import { browserZone, zone } from "./time.js";

// The Swedish form of a time is that of <input type="datetime-local">, but for the T.
const wall = new Intl.DateTimeFormat("sv-SE", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone,
});

/** Return uPlot's date for epoch seconds: a Date whose local parts are those of the zone. */
export function chartDate(seconds) {
  const date = new Date(seconds * 1e3);
  return zone === browserZone ? date : uPlot.tzDate(date, zone);
}

/** Return the time as <input type="datetime-local"> takes it. */
export const inputText = (ms) => wall.format(ms).replace(" ", "T");

/** Return the milliseconds of such a text; NaN for an empty one. */
export function inputMs(text) {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return NaN;
  let ms = asUtc;
  // Twice: the first guess may lie on the other side of a change of summer time.
  for (let i = 0; i < 2; i++) ms += asUtc - Date.parse(`${inputText(ms)}Z`);
  return ms;
}
