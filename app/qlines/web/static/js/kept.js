// Choices that this browser keeps. Without storage (it is blocked, or full) they last until a reload.

const PREFIX = "qlines-";

/** Return the text that was kept under this name, or null. */
export function kept(name) {
  try {
    return window.localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keep the text under this name. */
export function keep(name, text) {
  try {
    window.localStorage.setItem(PREFIX + name, text);
  } catch {
    // The choice is shown anyway.
  }
}
