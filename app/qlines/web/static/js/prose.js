// Sentences of the server in which `backticks` mark what is to be typed or named exactly.
import { make } from "./dom.js";

/** Return the text as nodes: what is between backticks becomes code. */
export function prose(text) {
  return text.split("`").map((piece, i) => (i % 2 ? make("code", {}, piece) : piece));
}
