"""The inputs that fuzzing has collected still do no harm; `make fuzz` looks for new ones."""

import importlib
import subprocess

import pytest

from tests.fuzz.targets import BROKER, CORPUS, HERE, PYTHON, SANITIZERS, compile_command, corpus_of
from tests.unit.broker.conftest import compiler

MAX_CORPUS_BYTES = 1_000_000
# Reads one byte behind a text that came from the input.
OVERFLOW = """
#include "input.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, size};
    char *text = take_text(&input);
    REQUIRE(text[strlen(text) + 1] != 'x');
    free(text);
    return 0;
}
"""


def compiled(target, folder):
    program = folder / target
    subprocess.run(compile_command(target, compiler(), program, SANITIZERS), check=True)
    return program


@pytest.mark.parametrize("target", BROKER)
def test_the_broker_survives_its_corpus(target, tmp_path):
    program = compiled(target, tmp_path)

    result = subprocess.run(
        [program, *corpus_of(target)], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("target", PYTHON)
def test_a_program_survives_its_corpus(target):
    check = importlib.import_module(f"tests.fuzz.python.{target}").check

    inputs = [path.read_bytes() for path in corpus_of(target)]

    assert len(inputs) >= 3
    assert [check(data) for data in inputs] == [None] * len(inputs)


def test_a_byte_that_is_read_too_many_is_noticed(tmp_path, monkeypatch):
    (tmp_path / "broker").mkdir()
    for name in ("input.h", "replay.c"):
        (tmp_path / "broker" / name).write_text((HERE / "broker" / name).read_text())
    (tmp_path / "broker" / "filters.c").write_text(OVERFLOW)
    monkeypatch.setattr("tests.fuzz.targets.HERE", tmp_path)

    result = subprocess.run(
        [compiled("filters", tmp_path), *corpus_of("filters")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode != 0
    assert "heap-buffer-overflow" in result.stderr


def test_every_target_has_a_corpus_and_all_of_it_is_small():
    sizes = {folder.name: sum(file.stat().st_size for file in folder.iterdir())
             for folder in CORPUS.iterdir()}  # fmt: skip
    files = {file.stem for file in (HERE / "broker").glob("*.c")} - {"replay"}

    assert set(BROKER) == files
    assert sizes.keys() == {*BROKER, *PYTHON}
    assert sum(sizes.values()) < MAX_CORPUS_BYTES
