// Where a switch or slider stands: as the device reports it, else as it was sent last. The page says which.
import { valueIn, withUnit } from "./control_inputs.js";
import { isOpen } from "./command_words.js";
import { timeNode } from "./time.js";

const DID_NOT_HAPPEN = ["failed", "expired"];
const TYPES = { switch: "boolean", slider: "number" };
const WORDS = { true: "on", false: "off" };

const wordOf = (value, parameter = {}) => (typeof value === "boolean" ? WORDS[value] : withUnit(value, parameter));

/** Return whether a control of this kind stands somewhere: it is a switch or a slider. */
export const hasPosition = (kind) => kind in TYPES;

/** Return what the control has sent last and what may have happened. */
function sentPosition(control, commands) {
  const last = commands.find(({ state }) => !DID_NOT_HAPPEN.includes(state));
  return { value: last && valueIn(control, last.params), decidedBy: last?.id ?? "" };
}

/** Return what is known of a reported value as a sentence of texts and nodes; it may be of any type. */
function reportedWords(control, { value, since }) {
  const isUsable = typeof value === TYPES[control.kind];
  const rule = control.kind === "switch" ? "true or false" : "a number";
  return isUsable ? ["Reported: ", wordOf(value, control.parameters[0]), ", since ", timeNode(since), "."]
    : [`Reported: ${wordOf(value)}, which is not ${rule}. Let the device send ${rule} as ${control.reported_key}.`];
}

/**
 * Return where a control stands, {value, decidedBy, words}; decidedBy is another text when something else decides. *commands* are its own, newest first, *reported* is the device's
 * attribute {value, since}, undefined when it has none. While a command is open, it stands where that puts it.
 */
export function findPosition(control, commands, reported) {
  const sent = sentPosition(control, commands);
  if (!control.reported_key) {
    const words = sent.value === undefined ? "Not sent lately, and the device does not report it." : "As it was sent last: the device does not report it.";
    return { ...sent, words: [words] };
  }
  if (!reported) return { ...sent, words: [`The device has not reported ${control.reported_key} yet.`] };
  const words = reportedWords(control, reported);
  if (commands.length && isOpen(commands[0])) return { ...sent, words };
  return { value: reported.value, decidedBy: JSON.stringify([reported.value, reported.since, commands[0]?.id]), words };
}
