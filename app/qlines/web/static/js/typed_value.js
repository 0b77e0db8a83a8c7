// A value as people type it: its type is chosen, so that 1, "1" and true are never taken for one another.
import { parseJson } from "./free_command.js";

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const SMALLEST_WITH_EXPONENT = 1e21; // JavaScript writes it as what it is: about that much
const shown = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Return the type of a value, as the list of types has it. */
export function typeOf(value) {
  return { number: "number", boolean: "bool", string: "text" }[typeof value] ?? "json";
}

/** Return the value as it is typed. */
export const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, typeof value === "object" ? 2 : 0));

function isInexact(value) {
  if (value !== null && typeof value === "object") return Object.values(value).some(isInexact);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < SMALLEST_WITH_EXPONENT;
}

/** Return the value unless a browser would lose digits of it. */
function exact(value, text) {
  if (isInexact(value)) throw new Error(`Whole numbers must be at most ${Number.MAX_SAFE_INTEGER} here, got ${shown(text)}: a browser loses digits of larger ones. Set it by the API, or as text.`);
  return value;
}

function parseNumber(text) {
  const value = Number(text.trim());
  if (!NUMBER.test(text.trim()) || !Number.isFinite(value)) throw new Error(`The value must be a number such as 21.5, got “${shown(text)}”: write it with a point, or choose another type.`);
  return exact(value, text.trim());
}

function jsonIn(text) {
  if (!text.trim()) throw new Error('The value must be JSON, such as {"open": true}, got nothing: for an empty text choose the type Text.');
  const value = exact(parseJson("The value", text), text);
  if (value === null) throw new Error("The value must not be null: delete the key instead.");
  return value;
}

const PARSED = { number: parseNumber, bool: (text) => text === "true", text: (text) => text, json: jsonIn };

/** Return the value that the text is as that type: number, bool, text or json; throw an Error that says what is wrong. */
export const valueOf = (type, text) => PARSED[type](text);
