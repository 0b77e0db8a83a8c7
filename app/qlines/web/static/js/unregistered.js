// The page /unregistered: register an unregistered device, or forget it.
import { call } from "./api.js";
import { byId, labelledCell, make, showText, wireCloseButtons } from "./dom.js";
import { showFailure } from "./failure.js";
import { refreshTimes, timeNode } from "./time.js";
import { done, failed } from "./toast.js";

const REFRESH_MS = 5000;
const dialog = byId("register-dialog");
let sightings = [];
let chosen = null; // the sighting in the dialog

const path = ({ name }) => `/api/unregistered/${encodeURIComponent(name)}`;
// Other sources are gateways, which send names of devices and not tokens.
const isByToken = ({ source }) => source === "mqtt" || source === "http";

function button(label, colour, sighting, onClick) {
  const attributes = { class: `btn btn-sm ${colour}`, type: "button", "aria-label": `${label} ${sighting.label}` };
  return make("button", { ...attributes, on: { click: onClick } }, label);
}

function tableRow(sighting) {
  return make("tr", {},
    labelledCell("Name", { class: "qlines-key qlines-wide" }, sighting.label),
    labelledCell("Source", { class: "qlines-wide" }, sighting.source),
    labelledCell("First seen", {}, timeNode(sighting.first_seen)),
    labelledCell("Last seen", {}, timeNode(sighting.last_seen)),
    labelledCell("Count", { class: "qlines-number" }, String(sighting.count)),
    labelledCell("Sample", { class: "qlines-wide" }, make("code", {}, sighting.sample)),
    make("td", { class: "qlines-actions" }, make("div", { class: "btn-list" },
      button("Register", "btn-primary", sighting, () => open(sighting)),
      button("Forget", "", sighting, () => forget(sighting).catch(failed)))),
  );
}

async function load() {
  sightings = await call("/api/unregistered");
  const empty = make("tr", {}, make("td", { colspan: "7", class: "text-secondary" }, "None. Every device that sends is registered."));
  byId("sightings").replaceChildren(...(sightings.length ? sightings.map(tableRow) : [empty]));
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
