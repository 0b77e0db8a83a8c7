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

/** Return a sentence about the first thing that is missing in a rule; "" for nothing. */
export function missingIn({ scope, levels }) {
  const missing = [
    scope.type !== "all" && !scope.value ? "which devices it is about" : "",
    ...levels.flatMap(({ conditions }) => conditions.map(missingInCondition)),
  ].find(Boolean);
  return missing ? `Say ${missing}, and see here what the rule would have found.` : "";
}
