// Whether somebody is busy with the page right now: then nothing may move from under the hand.

const BUSY_MS = 30_000; // after the last move of the pointer or press of a key
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

let lastMs = -Infinity;
for (const sign of SIGNS) {
  document.addEventListener(sign, () => (lastMs = performance.now()), { passive: true, capture: true });
}

/** Return whether there was a sign of somebody in the last half minute. */
export const isAttended = () => performance.now() - lastMs < BUSY_MS;
