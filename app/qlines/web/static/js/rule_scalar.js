// A value that a reading is compared with, as people type it: 5 is a number, true is true, on is a text, and "5" is the text 5.

const isScalar = (value) => value === null || typeof value !== "object";

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Return the value that is typed. */
export function scalarOf(text) {
  const value = parsed(text.trim());
  return value !== undefined && isScalar(value) ? value : text.trim();
}

/** Return the value as it is typed; a text that would be taken for something else is in quotation marks. */
export function scalarText(value) {
  if (typeof value !== "string") return JSON.stringify(value ?? "");
  return scalarOf(value) === value ? value : JSON.stringify(value);
}
