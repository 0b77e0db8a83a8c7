// Acts no more often than the screen shows it, or than it is worth.

const PAUSE_MS = 50; // 20 times a second are enough for an eye

/** Return a function that lets act() run at once, or 50 ms after the time before, however often it is called. */
export function paced(act) {
  let last = -PAUSE_MS;
  let timer = null;
  const run = () => {
    timer = null;
    last = performance.now();
    act();
  };
  return () => (timer ??= setTimeout(run, Math.max(0, last + PAUSE_MS - performance.now())));
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
