"""How hypothesis runs here: the same everywhere, unless FUZZ_EXAMPLES asks for more inputs."""

import os

from hypothesis import settings

EXAMPLES = os.environ.get("FUZZ_EXAMPLES")

settings.register_profile(
    "evaluation",
    deadline=None,
    database=None,
    derandomize=EXAMPLES is None,
    max_examples=int(EXAMPLES or 100),
)
settings.load_profile("evaluation")
