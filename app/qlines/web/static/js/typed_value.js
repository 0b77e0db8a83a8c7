// A value as people type it: its type is chosen, so that 1, "1" and true are never taken for one another.
import { exact, parseJson, shown } from "./json_text.js";

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Return the type of a value, as the list of types has it. */
export function typeOf(value) {
  return { number: "number", boolean: "bool", string: "text" }[typeof value] ?? "json";
}

/** Return the value as it is typed. */
export const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 2 : 0));

function parsedNumber(text) {
  const value = Number(text.trim());
  if (!NUMBER.test(text.trim()) || !Number.isFinite(value)) throw new Error(`The value must be a number such as 21.5, got “${shown(text)}”: write it with a point, or choose another type.`);
  return exact(value, text.trim());
}

function parsedJson(text) {
  if (!text.trim()) throw new Error('The value must be JSON, such as {"open": true}, got nothing: for an empty text choose the type Text.');
  const value = parseJson("The value", text);
  if (value === null) throw new Error("The value must not be null: delete the key instead.");
  return value;
}

const PARSED = { number: parsedNumber, bool: (text) => text === "true", text: (text) => text, json: parsedJson };

/** Return the value that the text is as that type: number, bool, text or json; throw an Error that says what is wrong. */
export const valueOf = (type, text) => PARSED[type](text);
