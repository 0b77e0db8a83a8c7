// A button that cannot be pressed again before what it does is done.

/** Run the action while the button is disabled; the button keeps the focus, which a browser takes from it then. */
export async function whileBusy(button, action) {
  const hadFocus = button === document.activeElement;
  button.disabled = true;
  try {
    return await action();
  } finally {
    button.disabled = false;
    if (hadFocus && document.activeElement === document.body) button.focus();
  }
}
