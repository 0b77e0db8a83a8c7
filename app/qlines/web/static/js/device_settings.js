// The card "Settings": name, tags and gateway, and the removal of the device.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId } from "./dom.js";
import { parseTags } from "./tags.js";

const REMOVAL_WARNING = "The device is disconnected at once, and its history is no longer visible. This cannot be undone.";

/** Wire the form and the button of the card. */
export function deviceSettings(deviceId) {
  const path = `/api/devices/${deviceId}`;
  const text = byId("settings-text");
  const showError = (error) => (text.textContent = error.message);
  byId("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(path, text).catch(showError);
  });
  byId("remove").addEventListener("click", () => remove(path).catch(showError));
}

async function save(path, text) {
  const body = { name: byId("name").value, tags: parseTags(byId("tags").value), gateway: byId("gateway").checked };
  const device = await call(path, { method: "PATCH", body });
  byId("device-name").textContent = device.name;
  document.title = `${device.name} · QLines`;
  text.textContent = "Saved.";
}

async function remove(path) {
  const name = byId("device-name").textContent;
  if (!(await confirmed(`Remove ${name}?`, REMOVAL_WARNING, "Remove"))) return;
  await call(path, { method: "DELETE" });
  window.location.assign("/devices");
}
