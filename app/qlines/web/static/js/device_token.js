// The cards "Token" and "Send a value": show, copy and replace the token.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { copyButton } from "./copy.js";
import { byId } from "./dom.js";
import { showSnippets } from "./snippets.js";

export function deviceToken(deviceId) {
  const field = byId("token");
  const button = byId("token-show");

  function show(device) {
    field.value = device.token;
    showSnippets(byId("snippets"), device.token);
  }

  button.addEventListener("click", () => {
    const isHidden = field.type === "password";
    field.type = isHidden ? "text" : "password";
    button.textContent = isHidden ? "Hide" : "Show";
  });
  copyButton(byId("token-copy"), () => field.value);
  byId("token-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const keep = byId("token-keep");
    const fate = keep.selectedOptions[0].textContent;
    const text = `The device keeps sending only with the new token; the old one works ${fate}.`;
    if (!(await confirmed("Make a new token?", text, "Make a new token"))) return;
    try {
      const body = { keep_old_seconds: Number(keep.value) };
      show(await call(`/api/devices/${deviceId}/token`, { method: "POST", body }));
      byId("token-text").textContent = `This is the new token; the old one works ${fate}.`;
    } catch (error) {
      byId("token-text").textContent = error.message;
    }
  });
  return { show };
}
