// The bell on every page: how many alarms nobody has acknowledged, and the newest of them.
import { severityBadge } from "./alarm_words.js";
import { call } from "./api.js";
import { showCount } from "./bell_badge.js";
import { byId, make } from "./dom.js";
import { newestOf } from "./newest_answer.js";
import { timeNode } from "./time.js";

const AGAIN_MS = 15_000; // without a socket; with one the server says when something has changed
const PAUSE_MS = 500; // many alarms may change at the same time
const FINAL = [401, 403, 404]; // it does not come back by itself
const SHOWN = 5;
const UNACKNOWLEDGED = "/api/alarms?status=active&acknowledged=false";

const list = byId("bell-alarms");
const line = (...children) => make("li", { class: "list-group-item qlines-break" }, ...children);
const quiet = (...children) => make("li", { class: "list-group-item text-secondary" }, ...children);
let timer = null;
let isDue = false;

function item({ id, title, severity, started }) {
  return line(severityBadge(severity), " ", make("a", { href: `/alarms/${id}` }, title),
    make("div", { class: "text-secondary" }, timeNode(started)));
}

const askCount = newestOf(() => call("/api/alarms/count"));
const askNewest = newestOf(() => call(`${UNACKNOWLEDGED}&per_page=${SHOWN}`));

/**
 * Count the alarms now, and again after a while; a failure leaves the number, the page itself says that the server is away.
 * A page that nobody sees costs the server nothing.
 */
async function count() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const answer = await askCount();
    if (answer) showCount("alarms", answer.unacknowledged);
    if (byId("bell-list").matches(":popover-open")) await showNewest();
  } catch (error) {
    if (FINAL.includes(error.status)) return;
  }
  clearTimeout(timer); // another count may have begun in the meantime
  timer = setTimeout(count, AGAIN_MS);
}

async function showNewest() {
  try {
    const newest = await askNewest();
    if (newest) list.replaceChildren(...(newest.total ? rows(newest) : [quiet("None. Alarms that nobody has acknowledged are named here.")]));
  } catch (error) {
    const again = make("button", { class: "btn btn-sm ms-2", type: "button", on: { click: showNewest } }, "Try again");
    list.replaceChildren(quiet(error.message, again));
  }
}

function rows({ items, total }) {
  const more = total - items.length;
  return [...items.map(item), ...(more > 0 ? [quiet(`and ${more.toLocaleString()} more`)] : [])];
}

byId("bell-list").addEventListener("beforetoggle", ({ newState }) => {
  if (newState !== "open") return;
  if (!list.children.length) list.replaceChildren(quiet("Loading…"));
  showNewest();
});
/** Count once for all the changes of the next moment. */
function countSoon() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    count();
  }, PAUSE_MS);
}

document.addEventListener("alarms-changed", countSoon);
document.addEventListener("visibilitychange", count);
count();
