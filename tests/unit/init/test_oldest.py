import pytest

from qlines.errors import StoreRefusedError
from qlines.init import oldest


def test_the_version_of_a_store_is_logged(caplog):
    caplog.set_level("INFO")

    oldest.check("clickhouse", (18, 16))

    assert caplog.messages == ["clickhouse is version 18.16"]


def test_a_store_that_is_too_old_is_refused_with_the_version_to_run():
    with pytest.raises(StoreRefusedError) as raised:
        oldest.check("mongodb", (4, 2, 9))

    assert str(raised.value) == (
        "mongodb refuses this program: it is version 4.2.9: run 4.4 or later"
    )
