// The page /products/<id>: its settings, its provision key, and which devices are of it.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { copyButton } from "./copy.js";
import { byId } from "./dom.js";
import { hideFailure, showFailure } from "./failure.js";
import { provisionRequest } from "./snippet_texts.js";
import { done, doneBeforeNextPage, failed } from "./toast.js";

const path = `/api/products/${byId("product").dataset.id}`;
let product; // as the API returned it last
const WORDS = { strategy: "who gets a token", max_devices: "devices in all", max_devices_per_minute: "devices per minute" };
const strategies = document.querySelectorAll('input[name="strategy"]');

const limit = (id) => (byId(id).value === "" ? null : Number(byId(id).value));

const typed = () => ({
  name: byId("name").value, strategy: [...strategies].find(({ checked }) => checked).value, quarantine: byId("quarantine").checked,
  max_devices: limit("max_devices"), max_devices_per_minute: limit("max_devices_per_minute"),
});

/** Show the product as the API returned it. */
function show(shown) {
  product = shown;
  byId("product-name").textContent = product.name;
  document.title = `${product.name} · QLines`;
  byId("name").value = product.name;
  for (const radio of strategies) radio.checked = radio.value === product.strategy;
  byId("quarantine").checked = product.quarantine;
  for (const id of ["max_devices", "max_devices_per_minute"]) byId(id).value = product[id] ?? "";
  for (const part of ["key", "secret"]) byId(part).value = product[part];
  byId("request").textContent = provisionRequest("KEY", "SECRET");
  const devices = product.devices === 1 ? "1 device is" : `${product.devices.toLocaleString()} devices are`;
  byId("devices-text").textContent = `${devices} of this product.`;
}

/** Load the product; show why that fails. */
async function load() {
  try {
    show(await call(path));
    hideFailure();
  } catch (error) {
    showFailure(error, load);
  }
}

/** Return the fields of *now* that differ from those of *before*. */
const differing = (now, before) => Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== before[field]));

const change = async (body) => show(await call(path, { method: "PATCH", body }));

/** Send only what was changed, so that Undo and the audit line are about nothing else. */
async function save() {
  const before = product;
  const changed = differing(typed(), before);
  const fields = Object.keys(changed);
  if (!fields.length) return done("Saved already: nothing was changed.");
  await change(changed);
  const undo = () => change(Object.fromEntries(fields.map((field) => [field, before[field]])));
  return done(`Saved: ${fields.map((field) => WORDS[field] ?? field).join(", ")}.`, undo);
}

async function roll() {
  const warning = "Devices that have the old key can no longer ask for a token: build the new one in from now on. Devices that have a token keep it. This cannot be undone.";
  if (!(await confirmed("Generate a new provision key?", warning, "Generate key"))) return;
  show(await call(`${path}/key`, { method: "POST" }));
  done("The product has a new provision key. The old one is refused.");
}

async function remove() {
  const warning = "Its provision key is refused at once. Its devices stay, with their tokens. This cannot be undone.";
  if (!(await confirmed(`Remove ${product.name}?`, warning, "Remove product"))) return;
  await call(path, { method: "DELETE" });
  doneBeforeNextPage(`${product.name} was removed.`);
  window.location.assign("/products");
}

async function addDevices() {
  const { count } = await call(`${path}/devices`, { method: "POST", body: { tag: byId("devices-tag").value } });
  show(await call(path));
  byId("devices-tag").value = "";
  done(`Added ${count === 1 ? "1 device" : `${count.toLocaleString()} devices`} to this product.`);
}

function toggleVisible(button) {
  const field = byId(button.dataset.show);
  field.type = field.type === "password" ? "text" : "password";
  button.textContent = field.type === "password" ? "Show" : "Hide";
}

function onSubmit(form, action) {
  byId(form).addEventListener("submit", (event) => {
    event.preventDefault();
    action().catch(failed);
  });
}

for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => toggleVisible(button));
for (const button of document.querySelectorAll("[data-copy]")) copyButton(button, () => byId(button.dataset.copy).value);
copyButton(byId("request-copy"), () => provisionRequest(byId("key").value, byId("secret").value));
onSubmit("settings-form", save);
onSubmit("devices-form", addDevices);
byId("roll").addEventListener("click", () => roll().catch(failed));
byId("remove").addEventListener("click", () => remove().catch(failed));
load();
