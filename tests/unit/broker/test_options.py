"""The plugin's options and settings: valid values are read, all others are logged and refused."""

import ctypes

import pytest

from qlines.settings import Settings

LIMITS = (
    "DEVICE_MESSAGES_PER_SECOND", "DEVICE_POINTS_PER_SECOND", "OWNER_MESSAGES_PER_SECOND",
    "OWNER_POINTS_PER_SECOND", "DEVICE_CONNECTIONS",
)  # fmt: skip


class Opt(ctypes.Structure):
    """struct mosquitto_opt."""

    _fields_ = (("key", ctypes.c_char_p), ("value", ctypes.c_char_p))


class Options(ctypes.Structure):
    """struct options of options.h."""

    _fields_ = (
        ("data_dir", ctypes.c_char_p),
        ("run_dir", ctypes.c_char_p),
        ("side", ctypes.c_char),
        ("sync_always", ctypes.c_bool),
        ("limit_bytes", ctypes.c_uint64),
        ("guard_percent", ctypes.c_uint64),
        *((name.lower(), ctypes.c_uint64) for name in LIMITS),
    )


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in (
        "QLINES_SPOOL_SYNC",
        "QLINES_SPOOL_LIMIT_MB",
        "QLINES_DISK_GUARD_PERCENT",
        *map("QLINES_{}".format, LIMITS),
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def read(plugin):
    """Return a function that reads plugin_opt_* and the environment; None when it refuses."""
    plugin.options_read.restype = ctypes.c_bool

    def read_options(**plugin_opts: str) -> tuple[str, str, bool, int, int] | None:
        opts = [Opt(key.encode(), value.encode()) for key, value in plugin_opts.items()]
        options = Options()
        if not plugin.options_read(ctypes.byref(options), (Opt * len(opts))(*opts), len(opts)):
            return None
        return (
            options.data_dir.decode(), options.run_dir.decode(), options.sync_always,
            options.limit_bytes, options.guard_percent,
        )  # fmt: skip

    return read_options


@pytest.fixture
def read_limits(plugin):
    """Return a function that reads the environment's limits by name; None when it refuses."""
    plugin.options_read.restype = ctypes.c_bool

    def read_options() -> dict[str, int] | None:
        options = Options()
        if not plugin.options_read(ctypes.byref(options), (Opt * 0)(), 0):
            return None
        return {name: getattr(options, name.lower()) for name in LIMITS}

    return read_options


@pytest.fixture
def logged(plugin):
    """Return a function that returns the last log line."""
    line = (ctypes.c_char * 1024).in_dll(plugin, "last_log_line")

    def last_line() -> str:
        return line.value.decode()

    return last_line


def test_everything_has_a_default(read):
    assert read() == ("/data", "/run/qlines", False, 0, 90)


def test_it_reads_the_folders(read):
    assert read(data_dir="/a", run_dir="/b") == ("/a", "/b", False, 0, 90)


def test_it_reads_the_settings(read, monkeypatch):
    monkeypatch.setenv("QLINES_SPOOL_SYNC", "always")
    monkeypatch.setenv("QLINES_SPOOL_LIMIT_MB", "512")
    monkeypatch.setenv("QLINES_DISK_GUARD_PERCENT", "75")

    assert read() == ("/data", "/run/qlines", True, 512 * 2**20, 75)


def test_it_reads_a_setting_from_a_file(read, monkeypatch, tmp_path):
    file = tmp_path / "sync"
    file.write_text("always\r\n")
    monkeypatch.setenv("QLINES_SPOOL_SYNC_FILE", str(file))

    assert read() == ("/data", "/run/qlines", True, 0, 90)


def test_a_setting_goes_before_its_file(read, monkeypatch):
    monkeypatch.setenv("QLINES_SPOOL_SYNC", "interval")
    monkeypatch.setenv("QLINES_SPOOL_SYNC_FILE", "/does/not/exist")

    assert read() == ("/data", "/run/qlines", False, 0, 90)


def test_a_file_that_cannot_be_read_is_refused(read, logged, monkeypatch):
    monkeypatch.setenv("QLINES_SPOOL_SYNC_FILE", "/does/not/exist")

    assert read() is None
    assert logged() == (
        "a setting's file must be readable, got '/does/not/exist': No such file or directory"
    )


@pytest.mark.parametrize("value", ["Always", "sometimes", "always ", "1"])
def test_sync_is_interval_or_always(read, logged, monkeypatch, value):
    monkeypatch.setenv("QLINES_SPOOL_SYNC", value)

    assert read() is None
    assert logged().startswith(f"QLINES_SPOOL_SYNC must be 'interval' or 'always', got '{value}'")


@pytest.mark.parametrize("value", ["many", "-1", "+1", " 1", "1.5", "1 ", "1x", "1" * 13])
def test_the_limit_is_a_whole_number(read, logged, monkeypatch, value):
    monkeypatch.setenv("QLINES_SPOOL_LIMIT_MB", value)

    assert read() is None
    assert logged().startswith(
        f"QLINES_SPOOL_LIMIT_MB must be a whole number of at most 100000000, got '{value}'"
    )


def test_the_limits_have_the_defaults_of_the_settings(read_limits):
    settings = Settings.from_env({})

    assert read_limits() == {name: getattr(settings, name.lower()) for name in LIMITS}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_what_is_set(read_limits, monkeypatch, name):
    monkeypatch.setenv(f"QLINES_{name}", "7")

    assert read_limits()[name] == 7


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "10000001"])
def test_a_limit_that_is_no_number_in_its_range_is_refused(
    read_limits, logged, monkeypatch, name, value
):
    monkeypatch.setenv(f"QLINES_{name}", value)

    assert read_limits() is None
    assert logged().startswith(f"QLINES_{name} must be a whole number of at most 10")
    assert logged().endswith(f"got '{value}': 0 means no limit")


@pytest.mark.parametrize("value", ["49", "99", "100", "many", "-1", "9 0", "90%"])
def test_the_guard_begins_between_50_and_98_percent(read, logged, monkeypatch, value):
    monkeypatch.setenv("QLINES_DISK_GUARD_PERCENT", value)

    assert read() is None
    assert logged().startswith("QLINES_DISK_GUARD_PERCENT must be a whole number of at ")
    assert f"got '{value}'" in logged()


@pytest.mark.parametrize("value", ["", "data", "./data", "/" + "x" * 4096])
def test_a_folder_is_an_absolute_path(read, logged, value):
    assert read(data_dir=value) is None
    assert logged().startswith("plugin_opt_data_dir must be a folder, got '")


@pytest.mark.parametrize("value", ["", "c", "ab", "witness"])
def test_a_side_is_a_or_b(read, logged, value):
    assert read(side="a") is not None
    assert read(side=value) is None
    assert logged().startswith("plugin_opt_side must be a or b, got '")


def test_another_option_is_refused(read, logged):
    assert read(folder="/data") is None
    assert logged() == (
        "plugin_opt_ must be data_dir, run_dir or side, got 'folder': remove it from mosquitto.conf"
    )
