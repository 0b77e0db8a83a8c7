// The dialog that sets the desired value of a key: a number, true or false, text or JSON.
import { byId, showText, wireCloseButtons } from "./dom.js";
import { textOf, typeOf, valueOf } from "./typed_value.js";

const field = (name) => byId(`attribute-${name}`);

/** Return the key as it is typed, throw an Error that says what is wrong with it. */
function typedKey() {
  const key = field("key").value.trim();
  if (!key) throw new Error("The key must not be empty: write the name under which the device reads the value, such as interval.");
  return key;
}

export class AttributeDialog {
  #save;
  #value; // the field of the chosen type

  /** save(key, value) sets it and may throw. */
  constructor({ save }) {
    this.#save = save;
    wireCloseButtons(byId("attribute-dialog"));
    field("type").addEventListener("change", () => this.#showType());
    byId("attribute-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Ask for a value of this key, beginning with what is desired or reported of it; without a key for both. */
  open({ key, desired, reported }) {
    const known = desired ?? reported;
    byId("attribute-title").textContent = key === undefined ? "Set a desired value" : `Desired value of ${key}`;
    field("key").value = key ?? "";
    field("key").readOnly = key !== undefined;
    field("type").value = known ? typeOf(known.value) : "number";
    field("bool").value = "true";
    for (const name of ["number", "text", "json"]) field(name).value = "";
    this.#showType();
    if (known) this.#value.value = textOf(known.value);
    this.#say("");
    byId("attribute-dialog").showModal();
    if (key !== undefined) this.#value.focus();
  }

  #showType() {
    const type = field("type").value;
    for (const name of ["number", "bool", "text", "json"]) field(`${name}-part`).hidden = name !== type;
    this.#value = field(type);
  }

  #say(text, at) {
    showText(field("error"), text);
    for (const name of ["key", "number", "text", "json"]) field(name).setAttribute("aria-invalid", String(field(name) === at));
    at?.focus();
  }

  async #submit() {
    let at = field("key");
    try {
      const key = typedKey();
      at = this.#value;
      const value = valueOf(field("type").value, this.#value.value);
      at = undefined; // what the server says may be about either
      await this.#save(key, value);
      byId("attribute-dialog").close();
    } catch (error) {
      this.#say(error.message, at);
    }
  }
}
