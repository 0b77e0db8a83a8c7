// The cards "Token" and "Send a value": show, copy and replace the token.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { copyButton } from "./copy.js";
import { byId } from "./dom.js";
import { showSnippets } from "./snippets.js";
import { done, failed } from "./toast.js";

export class DeviceToken {
  #deviceId;
  #field = byId("token");
  #text = byId("token-text");

  constructor(deviceId) {
    this.#deviceId = deviceId;
    byId("token-show").addEventListener("click", () => this.#toggleVisible());
    copyButton(byId("token-copy"), () => this.#field.value);
    byId("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#replace().catch(failed);
    });
  }

  /** Show the token of the device as the API returns it, {token}. */
  show({ token }) {
    this.#field.value = token;
    this.#showSnippets();
  }

  get #isHidden() {
    return this.#field.type === "password";
  }

  #showSnippets() {
    showSnippets(byId("snippets"), this.#field.value, { isHidden: this.#isHidden });
  }

  #toggleVisible() {
    this.#field.type = this.#isHidden ? "text" : "password";
    byId("token-show").textContent = this.#isHidden ? "Show" : "Hide";
    if (this.#field.value) this.#showSnippets();
  }

  async #replace() {
    const keep = byId("token-keep");
    const seconds = Number(keep.value);
    const fate = seconds ? `The old token stays valid ${keep.selectedOptions[0].textContent}.` : "The old token is no longer valid.";
    const warning = `The device must use the new token from now on. ${fate}`;
    if (!(await confirmed("Generate a new token?", warning, "Generate token"))) return;
    const body = { keep_old_seconds: seconds };
    this.show(await call(`/api/devices/${this.#deviceId}/token`, { method: "POST", body }));
    this.#text.textContent = `This is the new token. ${fate}`;
    done(`The device has a new token. ${fate}`);
  }
}
