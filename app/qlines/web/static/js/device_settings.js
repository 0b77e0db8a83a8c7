// The card "Settings": name, tags, gateway and order of commands, and the removal of the device.
import { call } from "./api.js";
import { byId, showText, wireCloseButtons } from "./dom.js";
import { listUrl } from "./list_address.js";
import { parseTags } from "./tags.js";
import { done, doneBeforeNextPage, failed } from "./toast.js";

const WORDS = { commands_in_order: "order of commands" };

/** Wire the form, the button and the dialog of the card. */
export function deviceSettings(deviceId) {
  const path = `/api/devices/${deviceId}`;
  let saved = typed();
  const change = async (body) => {
    const asked = typed();
    const device = await call(path, { method: "PATCH", body });
    show(device, differing(typed(), asked));
    saved = fieldsOf(device);
  };
  byId("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(saved, change).catch(failed);
  });
  wireRemoval(path);
}

const fieldsOf = ({ name, tags, gateway, commands_in_order }) => ({ name, tags, gateway, commands_in_order });

const typed = () => ({
  name: byId("name").value, tags: parseTags(byId("tags").value), gateway: byId("gateway").checked, commands_in_order: byId("commands-in-order").checked,
});

/** Return the fields of *now* that differ from those of *before*. */
function differing(now, before) {
  return Object.fromEntries(Object.entries(now).filter(([field, value]) => String(value) !== String(before[field])));
}

/** Send only what was changed, so that Undo and the audit line are about nothing else. */
async function save(saved, change) {
  const changed = differing(typed(), saved);
  if (!Object.keys(changed).length) return done("Saved already: nothing was changed.");
  const before = differing(saved, typed());
  await change(changed);
  return done(`Saved: ${Object.keys(changed).map((field) => WORDS[field] ?? field).join(", ")}.`, () => change(before));
}

const FILL = {
  name: (name) => (byId("name").value = name),
  tags: (tags) => (byId("tags").value = tags.join(", ")),
  gateway: (isGateway) => (byId("gateway").checked = isGateway),
  commands_in_order: (isInOrder) => (byId("commands-in-order").checked = isInOrder),
};

/** Show the device as the API returns it, but for the fields that were changed while it was saved. */
function show(device, changedSince) {
  byId("device-name").textContent = device.name;
  document.title = `${device.name} · QLines`;
  for (const [field, fill] of Object.entries(FILL)) if (!(field in changedSince)) fill(device[field]);
}

/** The removal cannot be undone, so the dialog asks to type the device's name. */
function wireRemoval(path) {
  const [dialog, field, error] = [byId("remove-dialog"), byId("remove-name"), byId("remove-error")];
  wireCloseButtons(dialog);
  byId("remove").addEventListener("click", () => {
    byId("remove-expected").textContent = byId("device-name").textContent;
    field.value = "";
    showText(error, "");
    dialog.showModal();
  });
  byId("remove-form").addEventListener("submit", (event) => {
    event.preventDefault();
    remove(path, field.value).catch((reason) => showText(error, reason.message));
  });
}

async function remove(path, typedName) {
  const name = byId("device-name").textContent;
  if (typedName.trim() !== name.trim()) throw new Error(`Type ${name} to remove the device.`);
  await call(path, { method: "DELETE" });
  doneBeforeNextPage(`${name} was removed.`);
  window.location.assign(listUrl());
}
