"""The device of the stories in this folder."""

import pytest


@pytest.fixture
def pump(alice):
    return alice.new_device()
