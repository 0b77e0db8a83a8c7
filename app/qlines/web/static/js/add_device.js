// The dialog that adds a device, then waits with its owner for the first value.
import { call } from "./api.js";
import { byId, closable, showText } from "./dom.js";
import { showSnippets } from "./snippets.js";
import { valueText } from "./status.js";

const POLL_MS = 1000;

export const tagsOf = (text) => text.split(",").map((tag) => tag.trim()).filter(Boolean);

/** Return a function that opens the dialog; onAdded() is called after a device was added. */
export function addDeviceDialog(onAdded) {
  const dialog = byId("add-dialog");
  const form = byId("add-form");
  closable(dialog);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      showAdded(dialog, await call("/api/devices", { method: "POST", body: {
        name: byId("add-name").value,
        tags: tagsOf(byId("add-tags").value),
        gateway: byId("add-gateway").checked,
      } }));
      onAdded();
    } catch (error) {
      showText(byId("add-error"), error.message);
    }
  });
  return () => {
    form.reset();
    form.hidden = false;
    byId("added").hidden = true;
    showText(byId("add-error"), "");
    dialog.showModal();
  };
}

function showAdded(dialog, device) {
  byId("add-form").hidden = true;
  byId("added").hidden = false;
  byId("added-title").textContent = `${device.name} was added`;
  byId("added-title").focus();
  byId("added-open").href = `/devices/${device.id}`;
  showSnippets(byId("added-snippets"), device.token);
  waitForValue(dialog, device, Date.now());
}

/** Say what the server has seen of the device, once a second, until a value came or the dialog is closed. */
function waitForValue(dialog, device, since) {
  const state = byId("added-state");
  const seconds = Math.round((Date.now() - since) / 1000);
  const hint = seconds < 30 ? "" : " Nothing yet: is the command run as shown, and does this host reach the address in it?";
  state.textContent = `Waiting for the first value, ${seconds} s.${hint}`;
  setTimeout(async () => {
    if (!dialog.open || byId("added-open").getAttribute("href") !== `/devices/${device.id}`) return;
    try {
      const text = await received(device);
      if (text) {
        state.textContent = text;
        return;
      }
    } catch (error) {
      state.textContent = error.message;
    }
    waitForValue(dialog, device, since);
  }, POLL_MS);
}

async function received(device) {
  const latest = await call(`/api/devices/${device.id}/latest`);
  const [first] = Object.entries(latest.values);
  if (first) return `Received: ${first[0]} = ${valueText(first[1].value)}`;
  const [rejected] = await call(`/api/devices/${device.id}/rejected`);
  return rejected ? `A message came and could not be stored: ${rejected.reason}` : "";
}
