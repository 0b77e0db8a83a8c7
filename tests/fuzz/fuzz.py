"""Fuzz every target for a while: ``make fuzz``; see tests/README.md.

FUZZ_SECONDS (default 300) is the time of all targets together, ONLY=frame,lag names some of them,
KEEP=1 then adds what reached new code to the corpus in the repository. Exits with 1 when there was
a finding: the input is kept in build/fuzz/findings.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import BROKER, CORPUS, HERE, PYTHON, ROOT, SANITIZERS, compile_command

BUILD = ROOT / "build" / "fuzz"
FINDINGS = BUILD / "findings"
PACKAGES = BUILD / "packages"  # atheris, which only this needs
# An input that takes longer than this is a finding: one message would stop a program so long.
HANG_SECONDS = 5
# Of an input that is kept: larger ones reach no other code.
MAX_KEPT_BYTES = 2048


class Result(NamedTuple):
    """What fuzzing one target came to."""

    target: str
    seconds: float
    executions: int
    is_finding: bool


def command_of(target: str) -> list[str]:
    """Return the command that runs a target, which takes libFuzzer's options and corpora."""
    program = BUILD / target
    if target in PYTHON:
        # A program of its own, because libFuzzer starts itself again when it merges.
        start = f'exec "{sys.executable}" -m tests.fuzz.run_python {target} "$0" "$@"'
        program.write_text(f"#!/bin/sh\n{start}\n")
        program.chmod(0o755)
    else:
        command = compile_command(target, "clang", program, f"fuzzer,{SANITIZERS}")
        subprocess.run(command, check=True, cwd=ROOT)
    return [str(program)]


def install_atheris() -> None:
    """Install the hash-pinned atheris beside the tests' packages, which have no use for it."""
    if not (PACKAGES / "atheris").is_dir():
        subprocess.run(
            [
                sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes",
                "--only-binary", ":all:", "--target", str(PACKAGES),
                "-r", str(HERE / "requirements.txt"),
            ],
            check=True,
        )  # fmt: skip


def environment() -> dict[str, str]:
    """Return the environment in which a Python target finds our code and atheris."""
    return os.environ | {"PYTHONPATH": f"{ROOT / 'app'}:{ROOT}:{PACKAGES}"}


def fuzz(target: str, seconds: int) -> Result:
    """Fuzz one target, at low priority; its new inputs are kept in build/fuzz/corpus."""
    own = BUILD / "corpus" / target
    own.mkdir(parents=True, exist_ok=True)
    command = [
        "nice", "-n", "19", *command_of(target), f"-max_total_time={seconds}",
        f"-timeout={HANG_SECONDS}", "-print_final_stats=1",
        f"-artifact_prefix={FINDINGS}/{target}-",
        *([f"-dict={HERE / 'json.dict'}"] if target in PYTHON else []),
        str(own), str(CORPUS / target),
    ]  # fmt: skip
    log = BUILD / f"{target}.log"
    started = time.monotonic()
    with log.open("w") as output:
        status = subprocess.run(
            command, env=environment(), stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    text = log.read_text(errors="replace")
    if status:
        sys.stdout.write("".join(text.splitlines(keepends=True)[-40:]))
    executed = re.findall(r"number_of_executed_units: (\d+)|^#(\d+)", text, re.MULTILINE)
    executions = max((int(number) for pair in executed for number in pair if number), default=0)
    return Result(target, time.monotonic() - started, executions, status != 0)


def keep(target: str) -> None:
    """Add the inputs that reach code which the repository's corpus does not reach."""
    subprocess.run(
        [
            *command_of(target), "-merge=1", f"-max_len={MAX_KEPT_BYTES}", str(CORPUS / target),
            str(BUILD / "corpus" / target),
        ],
        env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip


def row(result: Result) -> str:
    """Return a line of the table."""
    outcome = "FINDING" if result.is_finding else "none"
    return f"{result.target:18} {result.seconds:8.0f} {result.executions:14,} {outcome:>8}\n"


def main() -> int:
    """Fuzz the chosen targets one after the other and print the table."""
    chosen = os.environ.get("ONLY", "").replace(",", " ").split() or [*BROKER, *PYTHON]
    unknown = [target for target in chosen if target not in (*BROKER, *PYTHON)]
    if unknown:
        sys.exit(f"ONLY must name targets of {', '.join([*BROKER, *PYTHON])}, got {unknown}")
    seconds = max(1, int(os.environ.get("FUZZ_SECONDS") or 300) // len(chosen))
    FINDINGS.mkdir(parents=True, exist_ok=True)
    install_atheris()
    sys.stdout.write(f"{'target':18} {'seconds':>8} {'executions':>14} {'findings':>8}\n")
    results = []
    for target in chosen:
        results.append(fuzz(target, seconds))
        sys.stdout.write(row(results[-1]))
        sys.stdout.flush()
        if os.environ.get("KEEP"):
            keep(target)
    total = Result(
        "all", sum(result.seconds for result in results),
        sum(result.executions for result in results), any(result.is_finding for result in results),
    )  # fmt: skip
    sys.stdout.write(row(total))
    if total.is_finding:
        sys.stdout.write(f"The inputs are in {FINDINGS.relative_to(Path.cwd())}.\n")
    return int(total.is_finding)


if __name__ == "__main__":
    sys.exit(main())
