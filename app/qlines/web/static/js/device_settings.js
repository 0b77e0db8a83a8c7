// The card "Settings": rename, tags, gateway, remove.
import { tagsOf } from "./add_device.js";
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId } from "./dom.js";

export function deviceSettings(deviceId) {
  const text = byId("settings-text");
  const address = `/api/devices/${deviceId}`;

  byId("settings-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { name: byId("name").value, tags: tagsOf(byId("tags").value), gateway: byId("gateway").checked };
    try {
      const device = await call(address, { method: "PATCH", body });
      byId("device-name").textContent = device.name;
      document.title = `${device.name} · QLines`;
      text.textContent = "Saved.";
    } catch (error) {
      text.textContent = error.message;
    }
  });
  byId("remove").addEventListener("click", async () => {
    const name = byId("device-name").textContent;
    const warning = "It is refused at once, and its history can no longer be seen. This cannot be taken back.";
    if (!(await confirmed(`Remove ${name}?`, warning, "Remove"))) return;
    try {
      await call(address, { method: "DELETE" });
      window.location.assign("/devices");
    } catch (error) {
      text.textContent = error.message;
    }
  });
}
