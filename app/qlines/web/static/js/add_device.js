// The page /devices/new, first step: adds a device and opens the page that connects it.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { parseTags } from "./tags.js";

byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("add-submit");
  button.disabled = true; // a second click would add a second device
  try {
    const device = await addDevice();
    // The address has the device, so that a reload resumes the next step.
    window.location.assign(`/devices/new?device=${device.id}`);
  } catch (error) {
    showText(byId("add-error"), error.message);
    button.disabled = false;
  }
});

function addDevice() {
  const body = {
    name: byId("add-name").value,
    tags: parseTags(byId("add-tags").value),
    gateway: byId("add-gateway").checked,
  };
  return call("/api/devices", { method: "POST", body });
}
