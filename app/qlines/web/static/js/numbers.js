// Numbers as the browser's language writes them, without marks between the thousands: many are no amounts.

const MIN_DIGITS = 6;
const MAX_DIGITS = 17; // a double has no more
const DECIMALS = 2;
// Beyond these JavaScript writes an exponent, which Intl would write out in hundreds of digits.
const SMALLEST = 1e-6, LARGEST = 1e21;
const format = new Intl.NumberFormat(undefined, { maximumSignificantDigits: MAX_DIGITS, useGrouping: false });

/** Return the whole number as text. */
export function numberText(value) {
  const size = Math.abs(value);
  return size && (size < SMALLEST || size >= LARGEST) ? String(value) : format.format(value);
}

/** Return the number as text with six digits, or with all before the point and two behind it. */
export function shortNumber(value) {
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  return numberText(Number(value.toPrecision(Math.min(MAX_DIGITS, Math.max(MIN_DIGITS, whole + DECIMALS)))));
}
