// The number at the bell and in the title of the page: what is new in each part of the bell.
import { byId, showText } from "./dom.js";

const counts = { alarms: 0, messages: 0 };
let plain = document.title; // without the number
let marked = plain;

const alarms = (count) => (count === 1 ? "1 alarm not acknowledged" : `${count} alarms not acknowledged`);

/** Show how many there are in a part of the bell: "alarms" that nobody has acknowledged, "messages" that are new. */
export function showCount(part, count) {
  counts[part] = count;
  const total = counts.alarms + counts.messages;
  showText(byId("bell-badge"), total ? String(total) : "");
  const words = [counts.alarms && alarms(counts.alarms), counts.messages && `${counts.messages} new`].filter(Boolean);
  // A person who speaks to the browser says what is seen: the number must be in the name.
  const seen = words.length > 1 ? [`${total} in all`] : [];
  byId("bell").setAttribute("aria-label", ["Notifications", ...seen, ...words].join(", "));
  markTitle();
}

function markTitle() {
  document.title = counts.alarms ? `(${counts.alarms}) ${plain}` : plain;
  marked = document.title; // as browsers collapse its spaces
}

// A page may rename itself, as that of a device does.
new MutationObserver(() => {
  if (document.title === marked) return;
  plain = document.title;
  markTitle();
}).observe(document.querySelector("title"), { childList: true });
