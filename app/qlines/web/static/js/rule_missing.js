// What is still to be typed before a rule can be tried: nobody needs to ask the server for that.

const NEEDED = {
  above: ["limit"], below: ["limit"], rate: ["limit", "per_seconds"], outside: ["low", "high"], equals: ["value"], change: [],
  no_data: ["seconds"], offline: ["seconds"],
};
const WORDS = {
  limit: "the limit", low: "the lowest value", high: "the highest value", value: "the value", seconds: "for how long", per_seconds: "in which time",
};

/** Return whether a field is there: an attribute needs a name, and a number for devices without it. */
function isThere(value) {
  if (value === null || typeof value !== "object") return value !== undefined && value !== null && value !== "";
  return Boolean(value.attribute) && isThere(value.default);
}

function missingInCondition({ kind, key, ...fields }) {
  if (kind !== "no_data" && kind !== "offline" && !key) return "what is watched";
  const field = NEEDED[kind].find((name) => !isThere(fields[name]));
  return field ? WORDS[field] : "";
}

const isAboutConnections = ({ conditions }) => conditions.some(({ kind }) => kind === "offline");

/** Return a sentence about what keeps a rule from being tried, such as the first thing that is missing in it; "" for nothing. */
export function missingIn({ scope, levels }) {
  const missing = [
    scope.type !== "all" && !scope.value ? "which devices it is about" : "",
    ...levels.flatMap(({ conditions }) => conditions.map(missingInCondition)),
  ].find(Boolean);
  if (missing) return `Say ${missing}, and see here what the rule would have found.`;
  return levels.some(isAboutConnections) ? "A rule about connections cannot be tried, because only their last changes are stored: it is evaluated once it is saved." : "";
}
