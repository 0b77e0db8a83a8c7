// Numbers that are short enough to read at a glance.

const MIN_DIGITS = 6;
const MAX_DIGITS = 17; // a double has no more
const DECIMALS = 2;

/** Return the number with six digits, or with all before the point and two behind it. */
export function shortNumber(value) {
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  return Number(value.toPrecision(Math.min(MAX_DIGITS, Math.max(MIN_DIGITS, whole + DECIMALS))));
}
