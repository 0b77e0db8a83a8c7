// Whether anybody sees the page: a tab in the background costs the server nothing.

const UNSEEN_AFTER_MS = 10_000; // a quick look elsewhere costs no new connection

/** Call onUnseen() once the page has been hidden for ten seconds, and onSeen() when it is shown again after that. */
export function whenUnseen({ onUnseen, onSeen }) {
  let timer = null;
  let isUnseen = false;
  const note = () => {
    isUnseen = true;
    onUnseen();
  };
  const follow = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(note, UNSEEN_AFTER_MS);
    else if (isUnseen) {
      isUnseen = false;
      onSeen();
    }
  };
  document.addEventListener("visibilitychange", follow);
  follow(); // a link may be opened in a tab in the background
}
