// What is still to be typed before a rule can be tried, or saved: nobody needs to ask the server for that.

const NEEDED = {
  above: ["limit"], below: ["limit"], rate: ["limit", "per_seconds"], outside: ["low", "high"], equals: ["value"], change: [],
  no_data: ["seconds"], offline: ["seconds"],
};
const WORDS = {
  name: "the name of the rule", scope: "which devices it is about", key: "what is watched",
  limit: "the limit", low: "the lowest value", high: "the highest value", value: "the value", seconds: "for how long", per_seconds: "in which time",
};

/** Return whether a field is there: an attribute needs a name, and a number for devices without it. */
function isThere(value) {
  if (value === null || typeof value !== "object") return value !== undefined && value !== null && value !== "";
  return Boolean(value.attribute) && isThere(value.default);
}

const WITHOUT_KEY = ["no_data", "offline"];

function missingInCondition({ kind, ...fields }) {
  return [...(WITHOUT_KEY.includes(kind) ? [] : ["key"]), ...NEEDED[kind]].filter((name) => !isThere(fields[name]));
}

/** Return [path, word] of all that is missing for a rule to be tried. */
function missingOf({ scope, levels }) {
  const inLevels = levels.flatMap(({ conditions }, level) => conditions.flatMap((condition, at) =>
    missingInCondition(condition).map((name) => [`levels.${level}.conditions.${at}.${name}`, name])));
  return [...(scope.type !== "all" && !scope.value ? [["scope.value", "scope"]] : []), ...inLevels];
}

/** Return a sentence about the first thing that is missing in a rule; "" for nothing. */
export function missingIn(rule) {
  const [first] = missingOf(rule);
  return first ? `Say ${WORDS[first[1]]}, and see here what the rule would have found.` : "";
}

/** Return what is missing for a rule to be saved, as a problem document has it: [{ field, reason }, …]. */
export function missingFields(rule) {
  const all = [...(rule.name ? [] : [["name", "name"]]), ...missingOf(rule)];
  return all.map(([field, name]) => ({ field, reason: `Say ${WORDS[name]}.` }));
}
