// Choices that this browser keeps. Without storage (it is blocked, or full) they last until a reload.

const PREFIX = "qlines-";

function read(storage, name) {
  try {
    return window[storage].getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(storage, name, text) {
  try {
    window[storage].setItem(PREFIX + name, text);
  } catch {
    // The choice is shown anyway.
  }
}

/** Return the text that was kept under this name, or null. */
export const kept = (name) => read("localStorage", name);

/** Keep the text under this name. */
export const keep = (name, text) => write("localStorage", name, text);

/** The same until this tab is closed. */
export const keptInTab = (name) => read("sessionStorage", name);
export const keepInTab = (name, text) => write("sessionStorage", name, text);
