// The labels of the time axis: in the browser's language and the viewer's zone, no finer than the ticks are apart.
import { zone } from "./time.js";

const HOUR_S = 3600;
const DAY_S = 86_400;
const MONTH_S = 28 * DAY_S;

const format = (options) => new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone });
const second = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = format({ hour: "2-digit", minute: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const month = format({ month: "short", year: "numeric" });

function formatOf(stepSeconds) {
  if (stepSeconds < 60) return second;
  if (stepSeconds < DAY_S) return minute;
  return stepSeconds < MONTH_S ? day : month;
}

/** Return a label for each time (seconds); below the first time of each day stands the day. */
export function timeLabels(times, stepSeconds) {
  let previous = "";
  return times.map((time) => {
    const text = formatOf(stepSeconds).format(time * 1000);
    if (stepSeconds >= DAY_S) return text;
    const date = day.format(time * 1000);
    const label = date === previous ? text : `${text}\n${date}`;
    previous = date;
    return label;
  });
}

/** Return how many pixels a label of the time axis needs. */
export const labelWidth = (spanSeconds) => (spanSeconds < HOUR_S ? 90 : 65);
