// The part of the bell that admins have, and the badge in the menu: which devices wait to be registered.
import { call } from "./api.js";
import { showCount } from "./bell_badge.js";
import { byId, make, showText } from "./dom.js";
import { newestOf } from "./newest_answer.js";
import { timeNode } from "./time.js";

const REFRESH_MS = 30_000;
let newest = 0; // when the newest message was sent
let unseen = 0;

function item({ at, sentence, path }) {
  return make("li", { class: "list-group-item qlines-break" },
    make("a", { href: path }, sentence), make("div", { class: "text-secondary" }, timeNode(at)));
}

function showUnseen(count) {
  unseen = count;
  showCount("messages", count);
}

function show(notifications) {
  if (notifications === null) return;
  const { unregistered, unseen: count, items } = notifications;
  newest = items.length ? items[0].at : 0;
  showUnseen(count);
  showText(byId("unregistered-badge"), unregistered ? String(unregistered) : "");
  const empty = make("li", { class: "list-group-item text-secondary" }, "Nothing new. A device that is not registered is named here.");
  byId("bell-items").replaceChildren(...(items.length ? items.map(item) : [empty]));
}

/** Let the account remember it, for every browser; without an answer the badge only comes again. */
function noteSeen() {
  const options = { method: "POST", body: { until: newest }, keepalive: true }; // a click on a message leaves the page
  if (!unseen) return;
  call("/api/notifications/seen", options).catch(() => {});
  fetchNotifications.outdate(); // an answer that is on its way still counts them as new
  showUnseen(0);
}

const fetchNotifications = newestOf(() => call("/api/notifications"));

const load = () => fetchNotifications().then(show, (error) => {
  const again = make("button", { class: "btn btn-sm ms-2", type: "button", on: { click: load } }, "Try again");
  const unknown = make("li", { class: "list-group-item text-secondary" }, error.message, again);
  if (!byId("bell-items").querySelector("a")) byId("bell-items").replaceChildren(unknown);
});

// Not "toggle": who closes it at once would have seen nothing.
byId("bell-list").addEventListener("beforetoggle", ({ newState }) => {
  if (newState === "open") noteSeen();
});
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
