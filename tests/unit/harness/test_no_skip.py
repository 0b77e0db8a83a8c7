"""A skip is a failure where CI=true."""

import pytest

SKIPPED = {
    "by a mark": "@pytest.mark.skipif(True, reason='no Go here')\ndef test_it():\n    pass\n",
    "in the test": "def test_it():\n    pytest.skip('no Go here')\n",
    "in a fixture": (
        "@pytest.fixture\ndef go():\n    pytest.skip('no Go here')\n\ndef test_it(go):\n    pass\n"
    ),
    "as a file": "pytest.skip('no Go here', allow_module_level=True)\n",
}


@pytest.fixture
def run(pytester):
    """Return a function that runs one test file with the plugin."""

    def run_file(text):
        pytester.makepyfile(f"import pytest\n\n{text}")
        return pytester.runpytest_inprocess("-p", "tests.harness.no_skip", "-p", "no:randomly")

    return run_file


@pytest.mark.parametrize("text", SKIPPED.values(), ids=SKIPPED)
def test_what_would_be_skipped_fails_with_its_reason(run, monkeypatch, text):
    monkeypatch.setenv("CI", "true")

    result = run(text)

    assert result.ret != 0
    assert "skipped" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*With CI=true no test may be skipped. *no Go here*"])


@pytest.mark.parametrize("text", SKIPPED.values(), ids=SKIPPED)
def test_elsewhere_it_is_skipped(run, monkeypatch, text):
    monkeypatch.delenv("CI", raising=False)

    assert run(text).parseoutcomes() == {"skipped": 1}


def test_an_expected_failure_stays_one(run, monkeypatch):
    monkeypatch.setenv("CI", "true")

    result = run("@pytest.mark.xfail(reason='a known bug')\ndef test_it():\n    assert False\n")

    assert result.parseoutcomes() == {"xfailed": 1}
