"""Say how far a run is: bars on a terminal, a line for each step elsewhere."""

import sys
from collections.abc import Callable

BAR_CELLS = 24
NAME_CELLS = 12


class Progress:
    """Prints steps to standard error, so that standard output holds the answer alone."""

    def __init__(self, *, is_terminal: bool | None = None) -> None:
        self._is_terminal = sys.stderr.isatty() if is_terminal is None else is_terminal

    def step(self, name: str) -> Callable[[float], None]:
        """Begin a step; return what takes the share that is done, from 0 to 1."""

        def show(share: float) -> None:
            if self._is_terminal:
                sys.stderr.write(f"\r{bar(name, share)}")
                sys.stderr.flush()

        show(0.0)
        return show

    def end(self, name: str, sentence: str) -> None:
        """End a step with what came of it."""
        beginning = "\r\033[K" if self._is_terminal else ""
        sys.stderr.write(f"{beginning}{name:<{NAME_CELLS}} {sentence}\n")
        sys.stderr.flush()


def bar(name: str, share: float) -> str:
    """Return a bar of a fixed width."""
    share = min(max(share, 0.0), 1.0)
    full = round(BAR_CELLS * share)
    return f"{name:<{NAME_CELLS}} {'█' * full}{'░' * (BAR_CELLS - full)} {share:4.0%}"


def megabytes(size: float) -> str:
    """Return a size for people, in MB with a decimal when it is small."""
    number = size / 1_000_000
    return f"{number:.0f} MB" if number >= 10 else f"{number:.1f} MB"
