// The dialog that adds a device and then waits for its first value.
import { call } from "./api.js";
import { byId, showText, wireCloseButtons } from "./dom.js";
import { waitForFirstValue } from "./first_value.js";
import { showSnippets } from "./snippets.js";
import { parseTags } from "./tags.js";

/** Wire the dialog and return a function that opens it; onAdded() is called after each device. */
export function addDeviceDialog(onAdded) {
  const dialog = byId("add-dialog");
  wireCloseButtons(dialog);
  byId("add-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      showAdded(dialog, await addDevice());
      onAdded();
    } catch (error) {
      showText(byId("add-error"), error.message);
    }
  });
  return () => openEmpty(dialog);
}

function addDevice() {
  const body = {
    name: byId("add-name").value,
    tags: parseTags(byId("add-tags").value),
    gateway: byId("add-gateway").checked,
  };
  return call("/api/devices", { method: "POST", body });
}

function openEmpty(dialog) {
  const form = byId("add-form");
  form.reset();
  form.hidden = false;
  byId("added").hidden = true;
  showText(byId("add-error"), "");
  dialog.showModal();
}

function showAdded(dialog, device) {
  byId("add-form").hidden = true;
  byId("added").hidden = false;
  byId("added-title").textContent = `${device.name} was added`;
  byId("added-title").focus();
  byId("added-open").href = `/devices/${device.id}`;
  showSnippets(byId("added-snippets"), device.token);
  const isShown = () => dialog.open && byId("added-open").getAttribute("href") === `/devices/${device.id}`;
  waitForFirstValue(device.id, byId("added-state"), isShown);
}
