// Sends the command of a control: after a question where its owner wants one, and never twice by a click that got no answer.
import { isOpen } from "./command_words.js";
import { paramsOf } from "./control_inputs.js";
import { confirmed } from "./confirm.js";

const RANDOM_BYTES = 8;
const SAME_FOR_MS = 60_000; // later it is meant as another one
const unanswered = new Map(); // what was sent without an answer ▶ { key, at }: sent again, it is the same command

/** Return random hexadecimal digits; crypto.randomUUID is missing on http://<LAN address>. */
function randomDigits() {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the commands that a control has sent, newest first: their keys begin with its id. */
export const commandsOf = ({ id }, commands) => commands.filter(({ key }) => key?.startsWith(`${id}-`));

const WORDS = { true: "on", false: "off" };

function question(control, params, latest) {
  const asks = control.ask_first ? [`The device gets the command ${control.method}${params === null ? "" : ` with ${WORDS[params] ?? JSON.stringify(params)}`}.`] : [];
  if (latest && isOpen(latest)) asks.push("What was sent before is still waiting, and is not replaced by this. Cancel it first when it must not happen too.");
  return asks.join(" ");
}

/** Return the body of a command, as the API takes it. */
export function bodyOf({ method, one_way: isOneWay, expires_in_seconds: expires }, params) {
  return { method, params, two_way: !isOneWay, expires_in_seconds: expires };
}

/** Return the key under which this is sent: that of a try a moment ago which got no answer, or a new one. */
function keyOf(name, prefix) {
  const before = unanswered.get(name);
  const key = before && Date.now() - before.at < SAME_FOR_MS ? before.key : `${prefix}-${randomDigits()}`;
  unanswered.set(name, { key, at: Date.now() });
  return key;
}

/** Note that these commands have arrived: the same again is another one. */
export function noteArrived(commands) {
  for (const [name, { key }] of unanswered) if (commands.some((command) => command.key === key)) unanswered.delete(name);
}

/** Let send(body) send it with a key that begins with *prefix*; the same again after a failure has the same key. */
export async function sendOnce(prefix, body, send) {
  const name = prefix + JSON.stringify(body);
  const answer = await send({ ...body, key: keyOf(name, prefix) });
  unanswered.delete(name);
  return answer;
}

/** Send what the control makes of the values; return whether it was sent, and not declined. *latest* is its latest command. */
export async function pressed(control, values, { latest, send }) {
  const params = paramsOf(control, values);
  const text = question(control, params, latest);
  if (text && !(await confirmed(`${control.label}?`, text, "Send"))) return false;
  await sendOnce(control.id, bodyOf(control, params), send);
  return true;
}
