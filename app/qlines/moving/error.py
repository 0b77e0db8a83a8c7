"""Why a move cannot begin, continue or end; its text has the rule, the value and the remedy."""

from qlines.errors import QLinesError


class MoveError(QLinesError):
    """Nothing of the source was changed, and its programs run."""
