// JSON as people type it: what is wrong with it is said, and no browser loses digits of it.

const EXAMPLE = 'such as {"open": true}, 5 or "on"';
const SMALLEST_WITH_EXPONENT = 1e21; // JavaScript writes it as what it is: about that much

/** Return a text as a sentence shows it. */
export const shown = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Return what the JSON says; *what* begins the sentence of the Error. */
export function parseJson(what, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} must be JSON, ${EXAMPLE}. ${error.message}.`, { cause: error });
  }
  return exact(value, text);
}

/** Return the value unless a browser would lose digits of it. */
export function exact(value, text) {
  if (isInexact(value)) throw new Error(`Whole numbers must be at most ${Number.MAX_SAFE_INTEGER} here, got ${shown(text)}: a browser loses digits of larger ones. Use the API for them, or write them as text.`);
  return value;
}

function isInexact(value) {
  if (value !== null && typeof value === "object") return Object.values(value).some(isInexact);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < SMALLEST_WITH_EXPONENT;
}
