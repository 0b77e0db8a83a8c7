import pytest

from qlines.errors import DataVersionError
from qlines.store.data_version import DATA_VERSION, check_and_record


def test_it_records_the_version_at_first_boot(tmp_path):
    check_and_record(tmp_path)

    assert (tmp_path / "version").read_text() == f"{DATA_VERSION}\n"


def test_it_accepts_data_of_its_own_version(tmp_path):
    check_and_record(tmp_path)
    check_and_record(tmp_path)

    assert (tmp_path / "version").read_text() == f"{DATA_VERSION}\n"


def test_it_refuses_newer_data_and_names_the_remedy(tmp_path):
    (tmp_path / "version").write_text(f"{DATA_VERSION + 1}\n")

    with pytest.raises(DataVersionError, match="run the newer image"):
        check_and_record(tmp_path)
