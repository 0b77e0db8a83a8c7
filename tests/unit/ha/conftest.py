"""How hypothesis runs here: the same everywhere, without a clock and without files."""

from hypothesis import settings

settings.register_profile(
    "qlines", deadline=None, database=None, derandomize=True, max_examples=100
)
settings.load_profile("qlines")
