// The bell, and the badge in the menu: which devices wait to be registered; on every page of an admin.
import { call } from "./api.js";
import { byId, make, showText } from "./dom.js";
import { timeNode } from "./time.js";

const REFRESH_MS = 30_000;
const KEY = "qlines-bell-seen"; // of this browser: when the newest message was sent that was looked at
let newest = 0;
let seen = readSeen();

function readSeen() {
  try {
    return Number(localStorage.getItem(KEY) ?? 0);
  } catch {
    return 0; // storage is blocked
  }
}

function saveSeen() {
  seen = newest;
  try {
    localStorage.setItem(KEY, String(seen));
  } catch {
    // Storage is blocked: with the next page the messages are new again.
  }
}

function item({ at, sentence, path }) {
  return make("li", { class: "list-group-item qlines-break" },
    make("a", { href: path }, sentence), make("div", { class: "text-secondary" }, timeNode(at)));
}

function showUnseen(count) {
  showText(byId("bell-badge"), count ? String(count) : "");
  byId("bell").setAttribute("aria-label", count ? `Notifications, ${count} new` : "Notifications");
}

function show({ unregistered, items }) {
  newest = items.length ? items[0].at : 0;
  showUnseen(items.filter(({ at }) => at > seen).length);
  showText(byId("unregistered-badge"), unregistered ? String(unregistered) : "");
  const empty = make("li", { class: "list-group-item text-secondary" }, "Nothing new. A device that is not registered is named here.");
  byId("bell-items").replaceChildren(...(items.length ? items.map(item) : [empty]));
}

const load = () => call("/api/notifications").then(show, () => {}); // the page itself shows errors

byId("bell-list").addEventListener("toggle", ({ newState }) => {
  if (newState !== "open") return;
  saveSeen();
  showUnseen(0);
});
load();
setInterval(() => document.hidden || load(), REFRESH_MS);
