"""Mark the tests that talk to real daemons."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder its marker."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)
