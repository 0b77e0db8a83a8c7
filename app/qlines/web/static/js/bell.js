// The bell, and the badge in the menu: which devices wait to be registered; on every page of an admin.
import { call } from "./api.js";
import { byId, make, showText } from "./dom.js";
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
  showText(byId("bell-badge"), count ? String(count) : "");
  byId("bell").setAttribute("aria-label", count ? `Notifications, ${count} new` : "Notifications");
}

function show({ unregistered, unseen: count, items }) {
  newest = items.length ? items[0].at : 0;
  showUnseen(count);
  showText(byId("unregistered-badge"), unregistered ? String(unregistered) : "");
  const empty = make("li", { class: "list-group-item text-secondary" }, "Nothing new. A device that is not registered is named here.");
  byId("bell-items").replaceChildren(...(items.length ? items.map(item) : [empty]));
}

/** Let the account remember it, for every browser; without an answer the badge only comes again. */
function noteSeen() {
  const options = { method: "POST", body: { until: newest }, keepalive: true }; // a click on a message leaves the page
  if (unseen) call("/api/notifications/seen", options).catch(() => {});
  showUnseen(0);
}

const load = () => call("/api/notifications").then(show, (error) => {
  const unknown = make("li", { class: "list-group-item text-secondary" }, error.message);
  if (!byId("bell-items").querySelector("a")) byId("bell-items").replaceChildren(unknown);
});

byId("bell-list").addEventListener("toggle", ({ newState }) => {
  if (newState === "open") noteSeen();
});
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
