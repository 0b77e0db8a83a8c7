// The page /unregistered: register an unregistered device, or forget it.
import { call } from "./api.js";
import { byId, labelledCell, make, showText, wireCloseButtons } from "./dom.js";
import { showFailure } from "./failure.js";
import { newestOf } from "./newest_answer.js";
import { refreshTimes, timeNode } from "./time.js";
import { done, failed } from "./toast.js";

const REFRESH_MS = 5000;
const dialog = byId("register-dialog");
let sightings = [];
let chosen = null; // the sighting in the dialog

const path = ({ name }) => `/api/unregistered/${encodeURIComponent(name)}`;
// Other sources are gateways, which send names of devices and not tokens.
const isByToken = ({ source }) => source === "mqtt" || source === "http";

const CELLS = [
  ["Name", "qlines-key qlines-wide", ({ label }) => label],
  ["Source", "qlines-wide", ({ source }) => source],
  ["First seen", undefined, ({ first_seen: ms }) => ms, timeNode],
  ["Last seen", undefined, ({ last_seen: ms }) => ms, timeNode],
  ["Count", "qlines-number", ({ count }) => String(count)],
  ["Sample", "qlines-wide", ({ sample }) => sample, (sample) => make("code", {}, sample)],
];
const rows = new Map(); // source and name ▶ { sighting, node }
const keyOf = ({ source, name }) => JSON.stringify([source, name]);

function button(label, colour, name, onClick) {
  return make("button", { class: `btn btn-sm ${colour}`, type: "button", "aria-label": `${label} ${name}`, on: { click: onClick } }, label);
}

function newRow(sighting) {
  const row = { sighting };
  const cells = CELLS.map(([label, look, value, nodeOf = (text) => text]) => labelledCell(label, { class: look }, nodeOf(value(sighting))));
  row.node = make("tr", {}, ...cells, make("td", { class: "qlines-actions" }, make("div", { class: "btn-list" },
    button("Register", "btn-primary", sighting.label, () => open(row.sighting)),
    button("Forget", "", sighting.label, () => forget(row.sighting).catch(failed)))));
  return row;
}

/** Show only what has changed: the buttons keep the focus, and text stays selected. */
function updateRow(row, sighting) {
  CELLS.forEach(([, , value, nodeOf = (text) => text], i) => {
    if (value(row.sighting) !== value(sighting)) row.node.children[i].replaceChildren(nodeOf(value(sighting)));
  });
  row.sighting = sighting;
}

/** Show the sightings; a row that is shown stays in its place, a new one comes before the one that follows it. */
function show() {
  const body = byId("sightings");
  const wanted = new Set(sightings.map(keyOf));
  for (const [key, { node }] of rows) {
    if (!wanted.has(key)) node.remove();
    if (!wanted.has(key)) rows.delete(key);
  }
  if (!rows.size) body.replaceChildren(...(sightings.length ? [] : [emptyRow()]));
  let next = null;
  for (const sighting of [...sightings].reverse()) next = shown(body, sighting, next);
}

/** Update or add the row of a sighting; return its node. */
function shown(body, sighting, next) {
  const row = rows.get(keyOf(sighting));
  if (row) updateRow(row, sighting);
  else rows.set(keyOf(sighting), newRow(sighting));
  const { node } = rows.get(keyOf(sighting));
  if (!row) body.insertBefore(node, next);
  return node;
}

const emptyRow = () => make("tr", {}, make("td", { colspan: "7", class: "text-secondary" }, "None. Every device that sends is registered."));

const fetchSightings = newestOf(() => call("/api/unregistered"));

async function load() {
  const newest = await fetchSightings();
  if (newest === null) return;
  sightings = newest;
  show();
}

/** Load the table again; show why that fails. */
const refresh = () => load().then(() => showText(byId("notice"), ""), (error) => showFailure(error, refresh));

/** Forget every sighting of this name, at all sources, as the server does. */
async function forget(sighting) {
  const forgotten = sightings.filter(({ name }) => name === sighting.name);
  await call(path(sighting), { method: "DELETE" });
  done(`${sighting.label} was forgotten.`, () => putBack(forgotten));
  await refresh();
}

async function putBack(forgotten) {
  for (const body of forgotten) await call("/api/unregistered", { method: "POST", body });
  await refresh();
}

function open(sighting) {
  chosen = sighting;
  byId("register-source").textContent = isByToken(sighting) ? `The device keeps the token that it used: ${sighting.label}.` : `Reported by ${sighting.source}`;
  // A token must not become the name, which is in lists, mails and exports.
  byId("register-name").value = isByToken(sighting) ? "" : sighting.name;
  byId("register-owner").value = "";
  byId("register-owner-hint").textContent = isByToken(sighting) ? "default: you" : "default: the gateway's owner";
  showText(byId("register-error"), "");
  dialog.showModal();
}

async function register() {
  const owner = byId("register-owner").value.trim();
  const body = { name: byId("register-name").value, ...(owner && { owner }) };
  await call(`${path(chosen)}/register`, { method: "POST", body });
  dialog.close();
  done(`${body.name} was registered.`);
  await refresh();
}

byId("register-form").addEventListener("submit", (event) => {
  event.preventDefault();
  register().catch((error) => showText(byId("register-error"), error.message));
});

wireCloseButtons(dialog);
refreshTimes();
refresh();
setInterval(() => dialog.open || document.hidden || refresh(), REFRESH_MS);
