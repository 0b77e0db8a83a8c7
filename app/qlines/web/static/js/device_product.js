// The card "Product": of which product the device is, and whether it may ask for a token again.
import { call } from "./api.js";
import { byId } from "./dom.js";
import { nowMs, timeNode } from "./time.js";
import { done, failed } from "./toast.js";

/** Wire the card, which a page has only if there are products; return show(device), with the device as the API returns it. */
export function deviceProduct(deviceId) {
  if (!document.getElementById("product-form")) return () => {};
  const path = `/api/devices/${deviceId}`;
  const change = async (product) => show(await call(path, { method: "PATCH", body: { product } }));
  const allow = async (seconds) => show(await call(`${path}/provisioning`, { method: "POST", body: { seconds } }));
  const chosen = byId("product-choice");
  chosen.addEventListener("change", () => save(chosen, change).catch(failed));
  byId("product-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const time = byId("again-time");
    allow(Number(time.value)).then(() => done(`The device may provision again ${time.selectedOptions[0].textContent}.`), failed);
  });
  byId("again-end").addEventListener("click", () => allow(0).then(() => done("The device may no longer provision again."), failed));
  return show;
}

async function save(chosen, change) {
  const before = chosen.dataset.saved;
  await change(chosen.value || null);
  done("Saved: product.", () => change(before || null));
}

function show({ product, provisioned_at: provisionedAt, provision_until: until }) {
  const chosen = byId("product-choice");
  chosen.value = product ?? "";
  chosen.dataset.saved = product ?? "";
  const mayAgain = until !== null && until > nowMs();
  byId("again").hidden = !product || mayAgain;
  byId("again-end").hidden = !mayAgain;
  byId("product-text").replaceChildren(...words(provisionedAt, mayAgain ? until : null));
}

function words(provisionedAt, until) {
  if (until) return ["It may ask for a token once more until ", timeNode(until, { isExact: true }), ". It gets a new token then, and the current one is refused."];
  return provisionedAt ? ["It asked for its token ", timeNode(provisionedAt), "."] : ["It has not asked for its token by itself."];
}
