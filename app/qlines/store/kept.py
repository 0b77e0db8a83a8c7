"""What a field that may be None is where it is not to be changed."""

from enum import Enum


class Kept(Enum):
    """The one value of it."""

    KEPT = "kept"


KEPT = Kept.KEPT
