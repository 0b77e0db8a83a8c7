// Sentences of the server, in which `backticks` mark what is to be typed or named exactly, and moments are in UTC.
import { make } from "./dom.js";
import { nowMs, timeNode } from "./time.js";

const DAY_MS = 86_400_000;
const DAYS_AWAY = { yesterday: -1, today: 0, tomorrow: 1 };
// As qlines/backup_words.py says moments. A weekday may be the last one or the next one.
const MOMENT = /\b(today|yesterday|tomorrow|\d{4}-\d{2}-\d{2}|[A-Z][a-z]+day) (\d{2}:\d{2})(?: UTC)?\b/g;

/** Return the text as nodes: what is between backticks becomes code, and moments are in the viewer's zone. */
export function prose(text) {
  return text.split("`").flatMap((piece, i) => (i % 2 ? [make("code", {}, piece)] : withTimes(piece)));
}

/** Show the text of every element with data-prose so. */
export function fillProse() {
  for (const node of document.querySelectorAll("[data-prose]")) node.replaceChildren(...prose(node.textContent));
}

function withTimes(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, 1: day, 2: clock, index } of text.matchAll(MOMENT)) {
    nodes.push(text.slice(end, index), momentNode(day, clock));
    end = index + found.length;
  }
  return [...nodes, text.slice(end)];
}

function momentNode(day, clock) {
  const ms = Date.parse(`${dateOf(day)}T${clock}Z`);
  return ms ? timeNode(ms, { isExact: true }) : `${day} ${clock} UTC`;
}

const dateOf = (day) => (day in DAYS_AWAY ? new Date(nowMs() + DAYS_AWAY[day] * DAY_MS).toISOString().slice(0, 10) : day);
