// Lengths of time as people say and type them.

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
const SHORT = { day: "d", hour: "h", minute: "min", second: "s" };

/** The units of a length that is typed: [[word of one, seconds], …], the shortest first. */
export const TYPED_UNITS = [...UNITS].reverse();

/** Return { count, unitSeconds }: the length in the longest unit of which it is a whole number. */
export function splitSeconds(seconds) {
  const [, unitSeconds] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? ["minute", 60];
  return { count: seconds / unitSeconds, unitSeconds };
}

/** Return a text such as "3 h 20 min": the two longest units that count. */
export function lengthOfTime(seconds) {
  let left = Math.max(0, Math.round(seconds));
  const parts = UNITS.map(([word, size]) => {
    const count = Math.floor(left / size);
    left %= size;
    return count ? `${count} ${SHORT[word]}` : "";
  });
  const first = parts.findIndex(Boolean);
  return first < 0 ? "0 s" : parts.slice(first, first + 2).filter(Boolean).join(" ");
}
