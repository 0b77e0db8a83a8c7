// Copies text. navigator.clipboard is missing on http://<LAN address>, so there is a fallback.

const RESULT_SHOWN_MS = 2000;

/** Copy the text to the clipboard and return whether that worked. */
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
  // Inside an open dialog, because everything outside it is inert and cannot be selected.
  const host = document.querySelector("dialog[open]") ?? document.body;
  host.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

/** Let the button copy what text() returns and show the result for two seconds. */
export function copyButton(button, text) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copyText(text())) ? "Copied" : "Copy failed";
    setTimeout(() => (button.textContent = label), RESULT_SHOWN_MS);
  });
}
