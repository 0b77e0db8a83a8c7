// Answers may come in another order than they were asked for: an older one must not replace a newer one.

/**
 * Return ask() with an order: it resolves to null instead when what was asked for later has been answered already.
 * Its outdate() does so for all that was asked for so far, since the page itself has changed what the answers are about.
 */
export function newestOf(ask) {
  let asked = 0;
  let answered = 0;
  const ordered = async () => {
    const own = ++asked;
    const answer = await ask();
    if (own < answered) return null;
    answered = own;
    return answer;
  };
  return Object.assign(ordered, { outdate: () => (answered = ++asked) });
}
