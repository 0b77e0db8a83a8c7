// The page /unregistered: register a stranger, or forget it.
import { call } from "./api.js";
import { byId, closable, make, showText } from "./dom.js";
import { keepTimesTrue, timeNode } from "./time.js";

const REFRESH_MS = 5000;
const dialog = byId("register-dialog");
let chosen = null;

const address = (record) => `/api/unregistered/${encodeURIComponent(record.name)}`;
const isByToken = (record) => record.source === "mqtt" || record.source === "http";

function line(record) {
  const button = (label, colour, run) => make("button", { class: `btn btn-sm ${colour}`, type: "button", on: { click: run }, "aria-label": `${label} ${record.name}` }, label);
  return make("tr", {},
    make("td", { class: "qlines-key qlines-wide" }, record.name),
    make("td", { class: "qlines-wide" }, record.source),
    make("td", {}, timeNode(record.first_seen)),
    make("td", {}, timeNode(record.last_seen)),
    make("td", { class: "qlines-number" }, String(record.count)),
    make("td", { class: "qlines-wide" }, make("code", {}, record.sample)),
    make("td", {}, make("div", { class: "btn-list flex-nowrap" },
      button("Register", "btn-primary", () => open(record)),
      button("Forget", "", () => act(() => call(address(record), { method: "DELETE" }), `${record.name} was forgotten.`)))),
  );
}

async function load() {
  const records = await call("/api/unregistered");
  const none = make("tr", {}, make("td", { colspan: "7", class: "text-secondary" }, "There are none: everything that sends is registered."));
  byId("strangers").replaceChildren(...(records.length ? records.map(line) : [none]));
}

function say(text, colour) {
  byId("message").className = `alert alert-${colour}`;
  showText(byId("message"), text);
}

async function act(run, done) {
  try {
    await run();
    say(done, "success");
    await load();
  } catch (error) {
    say(error.message, "danger");
  }
}

function open(record) {
  chosen = record;
  byId("register-source").textContent = isByToken(record) ? `Its token will be the one it came with: ${record.name}` : `Seen by ${record.source}`;
  byId("register-name").value = record.name;
  byId("register-owner").value = "";
  byId("register-owner-hint").textContent = isByToken(record) ? "empty: you" : "empty: the gateway's owner";
  showText(byId("register-error"), "");
  dialog.showModal();
}

byId("register-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const owner = byId("register-owner").value.trim();
  const body = { name: byId("register-name").value, ...(owner && { owner }) };
  try {
    await call(`${address(chosen)}/register`, { method: "POST", body });
  } catch (error) {
    showText(byId("register-error"), error.message);
    return;
  }
  dialog.close();
  await act(async () => {}, `${body.name} was registered.`);
});

closable(dialog);
keepTimesTrue();
const refresh = () => dialog.open || document.hidden || load().catch((error) => say(error.message, "warning"));
refresh();
setInterval(refresh, REFRESH_MS);
