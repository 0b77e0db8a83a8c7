"""The status of `make test` is that of all its stages, with stand-ins for each of them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
UP, TOOLS, PYTEST = "appliance/up.sh", ".ci/tools", ".venv/bin/pytest"
# In the folder of the test there are no scenarios, so the patterns stay as they are.
GROUPS = (
    "tests/scenarios/[c-m]*/",
    "tests/scenarios/a*/ tests/scenarios/b[!r]*/",
    "tests/scenarios/br*/",
    "tests/scenarios/[n-s]*/ tests/scenarios/[t-z][!w]*/",
    "tests/integration/broker -n 2",
    "tests/scenarios/tw*/",
    "tests/integration/[!b]*/ tests/integration/backup",
)


def pytest_of(group):
    return f"{PYTEST} {group} -p no:randomly -m not long --durations=25"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs .ci/test while some of the stages fail."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "test", tmp_path / ".ci" / "test")

    def run_stages(*failing, **environment):
        for command in ("make", UP, TOOLS, PYTEST):
            stand_in = tmp_path / command
            stand_in.parent.mkdir(parents=True, exist_ok=True)
            words = [line.partition(" ")[2] for line in failing if line.split()[0] == command]
            tests = "".join(f'[ "$*" != "{text}" ] || exit 1\n' for text in words)
            if command in failing:
                tests = "exit 1\n"
            stand_in.write_text(
                f'#!/bin/sh\necho "{command} $*" >>called\necho "ran $1"\n{tests}exit 0\n'
            )
            stand_in.chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        return subprocess.run(
            [tmp_path / ".ci" / "test"], env={"PATH": path} | environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run_stages


def called(folder):
    return [line.split()[0] for line in (folder / "called").read_text().splitlines()]


def test_all_stages_pass(run, tmp_path):
    result = run(CI="true")

    assert (result.returncode, result.stderr) == (0, "")
    assert called(tmp_path) == [TOOLS, "make", UP, UP, *[PYTEST] * len(GROUPS)]


@pytest.mark.parametrize(
    ("failing", "named"),
    [
        (TOOLS, "tools"),
        ("make", "unit"),
        *((pytest_of(group), group) for group in GROUPS),
        (f"{UP} image", "image"),
    ],
)
def test_each_stage_that_fails_is_named_last_and_fails_the_whole(run, failing, named):
    result = run(failing)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"FAILED: {named}"


def test_several_failures_are_named(run):
    last = run(TOOLS, PYTEST).stderr.splitlines()[-1]

    assert last == f"FAILED: tools,{','.join(GROUPS)}"


def test_each_group_runs_once_and_its_output_is_shown(run):
    output = run().stdout

    for group in GROUPS:
        assert output.count(f"ran {group.split()[0]}\n") == 1


def test_each_folder_of_tests_with_containers_is_run_once():
    patterns = " ".join(GROUPS).split()
    run = [folder for pattern in patterns for folder in ROOT.glob(pattern)]

    folders = {
        file.parent
        for kind in ("integration", "scenarios")
        for file in (ROOT / "tests" / kind).glob("**/test_*.py")
    }
    assert sorted(folder for folder in run if folder in folders) == sorted(folders)


def test_what_is_installed_in_ci_is_installed_before_anything_runs_side_by_side():
    tools = r"\.ci/tools ([a-z_ ]+[a-z])"
    first = re.search(tools, (ROOT / ".ci" / "run").read_text())[1].split()

    asked = re.findall(tools, (ROOT / ".ci" / "test").read_text())
    asked += re.findall(tools, re.search(r"\nlint:.*?\n\n", MAKEFILE, re.DOTALL)[0])
    assert {word for words in asked for word in words.split()} <= set(first)


def test_no_container_test_runs_without_an_image(run, tmp_path):
    run(f"{UP} image")

    assert PYTEST not in called(tmp_path)


def test_a_missing_docker_fails_in_ci_and_is_said_elsewhere(run, tmp_path):
    in_ci, elsewhere = run(UP, CI="true"), run(UP)

    assert in_ci.returncode == 1
    assert in_ci.stderr.splitlines()[-1] == "FAILED: Docker"
    assert elsewhere.returncode == 0
    assert "NOT run" in elsewhere.stderr
    assert PYTEST not in called(tmp_path)
