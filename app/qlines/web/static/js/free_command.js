// A command that no control has: a method and JSON, which is checked before it is sent.
import { byId, showText } from "./dom.js";

const MAX_BYTES = 60_000; // of method and params, as the API takes them
const EXAMPLE = 'such as {"open": true}, 5 or "on"';

/** Return the params of a text, null for an empty one; throw an Error that says what is wrong with it. */
export function parseParams(text) {
  return text.trim() ? parseJson("The parameters", text) : null;
}

/** Return what the JSON says; *what* begins the sentence of the Error. */
export function parseJson(what, text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} must be JSON, ${EXAMPLE}. ${error.message}.`, { cause: error });
  }
}

/** Return method and params as the API takes them; throw an Error that says what is wrong. */
export function checkedCall(method, paramsText) {
  if (!method.trim()) throw new Error("The method must have a name, such as openValve.");
  const call = { method: method.trim(), params: parseParams(paramsText) };
  const bytes = new TextEncoder().encode(JSON.stringify(call)).length;
  if (bytes > MAX_BYTES) throw new Error(`Method and parameters must have at most ${MAX_BYTES} bytes, and have ${bytes}: send less.`);
  return call;
}

/** The fields of a free command, with ids that begin with *prefix*. */
export class FreeFields {
  #field;

  constructor(prefix) {
    this.#field = (name) => byId(`${prefix}-${name}`);
    const params = this.#field("params");
    // Not when the field is left: the message would move the button away from the finger that presses it.
    params.addEventListener("input", () => this.#field("error").hidden || this.#say(mistake(() => parseParams(params.value))));
  }

  /** Return the body of the command, or null when the form says what is wrong with it. */
  body() {
    const call = () => checkedCall(this.#field("method").value, this.#field("params").value);
    const text = mistake(call);
    this.#say(text);
    if (text) {
      this.#field("params").focus();
      return null;
    }
    return { ...call(), two_way: this.#field("answer").checked, expires_in_seconds: Number(this.#field("expires").value) };
  }

  #say(text) {
    showText(this.#field("error"), text);
    this.#field("params").setAttribute("aria-invalid", String(Boolean(text)));
    this.#field("params").classList.toggle("is-invalid", Boolean(text));
  }
}

/** Return what is wrong, "" when nothing is. */
function mistake(check) {
  try {
    check();
    return "";
  } catch (error) {
    return error.message;
  }
}
