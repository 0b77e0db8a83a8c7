"""axe-core, which finds what people with a screen reader, a keyboard or weak eyes cannot use."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "app/node_modules/axe-core/axe.min.js"
# WCAG 2.1 A and AA; of 2.2 AA axe knows one rule, that a target is at least 24 px wide and high.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# A colour is judged once it has faded in.
RUN = """
async ([part, tags]) => {
  const ends = ({effect}) => effect.getComputedTiming().endTime < Infinity;
  await Promise.allSettled(document.getAnimations().filter(ends).map(({finished}) => finished));
  const found = await axe.run(part ?? document, {runOnly: tags, resultTypes: ["violations"]});
  return found.violations.flatMap(({id, nodes}) =>
    nodes.map(({target, failureSummary}) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}
"""


def violations(page: Page, part: str | None = None) -> list[str]:
    """Return a sentence for each violation in the page, or in the *part* that a selector names.

    Playwright evaluates scripts past the content security policy, which stays in force.
    """
    if not page.evaluate("'axe' in window"):
        if not SCRIPT.is_file():
            pytest.fail(f"these tests need {SCRIPT}: `make app/node_modules/made` installs it")
        page.evaluate(SCRIPT.read_text())
    found: list[Any] = page.evaluate(RUN, [part, TAGS])
    return [str(sentence) for sentence in found]
