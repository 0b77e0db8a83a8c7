// Acts no more often than the screen shows it, or than it is worth.

// The four steps of a command are fetched as they come; what changes all the time is fetched six times a second.
const FIRST_PAUSE_MS = 10;
const GROWTH = 1.5;
const MAX_PAUSE_MS = 160;
const QUIET_MS = 300; // after it the pauses begin again

/** Return a function that lets act() run, at once after a quiet time, and with growing pauses while it is called again and again. */
export function paced(act) {
  let last = -Infinity;
  let pauseMs = 0;
  let timer = null;
  const run = () => {
    timer = null;
    last = performance.now();
    act();
  };
  return () => {
    if (timer !== null) return;
    const sinceMs = performance.now() - last;
    pauseMs = sinceMs > QUIET_MS ? 0 : Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, GROWTH * pauseMs));
    timer = setTimeout(run, Math.max(0, pauseMs - sinceMs));
  };
}

/** Return a function that lets draw() run once before the next frame, however often it is called. */
export function oncePerFrame(draw) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };
}
