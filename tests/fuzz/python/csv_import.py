"""qlines.store.import_plan: a file of any bytes becomes devices or lines with errors."""

from qlines.store.import_plan import Registry, failed_lines, plan, read

OWNERS = {"me@example.com": "owner"}


def check(data):
    text = data.decode(errors="replace")
    devices, errors = read(text)
    result = plan(devices, Registry(OWNERS, {}, frozenset({"taken"})))
    assert len(result.added) + result.skipped + len(result.errors) == len(devices)
    for line in (*result.errors, *errors):
        assert line.line >= 1
        assert line.reason
    for device in result.added:
        assert device.owner in OWNERS
        assert "\0" not in device.name
    failed_lines(text, [*errors, *result.errors])
