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
    show(await call(path, { method: "PATCH", body }));
    saved = typed();
  };
  byId("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save(saved, change).catch(failed);
  });
  wireRemoval(path);
}

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

function show({ name, tags, gateway, commands_in_order: isInOrder }) {
  byId("device-name").textContent = name;
  document.title = `${name} · QLines`;
  byId("name").value = name;
  byId("tags").value = tags.join(", ");
  byId("gateway").checked = gateway;
  byId("commands-in-order").checked = isInOrder;
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
