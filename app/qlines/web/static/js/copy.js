// Copies text; navigator.clipboard is missing on http://<address in the LAN>, so there is a second way.

/** Return whether the text is in the clipboard now. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "position-fixed opacity-0";
  // Within an open dialog: everything outside of it is inert and cannot be selected.
  const host = document.querySelector("dialog[open]") ?? document.body;
  host.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Let the button copy what text() returns, and say for a moment how it went. */
export function copyButton(button, text) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(text())) ? "Copied" : "Not copied: select it";
    setTimeout(() => (button.textContent = label), 2000);
  });
}
