// The card "Settings": name, tags and gateway, and the removal of the device.
import { call } from "./api.js";
import { byId, showText, wireCloseButtons } from "./dom.js";
import { parseTags } from "./tags.js";

/** Wire the form, the button and the dialog of the card. */
export function deviceSettings(deviceId) {
  const path = `/api/devices/${deviceId}`;
  const text = byId("settings-text");
  byId("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(path, text).catch((error) => (text.textContent = error.message));
  });
  wireRemoval(path);
}

async function save(path, text) {
  const body = { name: byId("name").value, tags: parseTags(byId("tags").value), gateway: byId("gateway").checked };
  const device = await call(path, { method: "PATCH", body });
  byId("device-name").textContent = device.name;
  document.title = `${device.name} · QLines`;
  text.textContent = "Saved.";
}

/** The removal cannot be undone, so the dialog asks to type the device's name. */
function wireRemoval(path) {
  const [dialog, typed, error] = [byId("remove-dialog"), byId("remove-name"), byId("remove-error")];
  wireCloseButtons(dialog);
  byId("remove").addEventListener("click", () => {
    byId("remove-expected").textContent = byId("device-name").textContent;
    typed.value = "";
    showText(error, "");
    dialog.showModal();
  });
  byId("remove-form").addEventListener("submit", (event) => {
    event.preventDefault();
    remove(path, typed.value).catch((reason) => showText(error, reason.message));
  });
}

async function remove(path, typed) {
  const name = byId("device-name").textContent;
  if (typed.trim() !== name.trim()) throw new Error(`Type ${name} to remove the device.`);
  await call(path, { method: "DELETE" });
  window.location.assign("/devices");
}
