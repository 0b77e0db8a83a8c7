"""Every list of programs that cannot import the table is compared with it here."""

import configparser
import re
from pathlib import Path

import pytest

from appliance.watch_source import APP, HEALTHCHECK, programs_using
from qlines.programs import BY_NAME, NAMES, PROGRAMS, STORES

ROOT = Path(__file__).resolve().parents[2]
SUPERVISORD_CONF = ROOT / "appliance" / "supervisord.conf"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
APPLIANCE_README = (ROOT / "appliance" / "README.md").read_text()
HEALTHCHECK_README = (ROOT / "healthcheck" / "README.md").read_text()


def read_supervisord_conf() -> configparser.RawConfigParser:
    conf = configparser.RawConfigParser(inline_comment_prefixes=None, comment_prefixes=(";",))
    conf.read(SUPERVISORD_CONF)
    return conf


CONF = read_supervisord_conf()


def names(text: str) -> list[str]:
    """Return the programs named in *text*, in its order."""
    return [word for word in re.findall(r"[a-z]+", text) if word in BY_NAME]


def row(table: str, program: str) -> list[str]:
    """Return the cells of the program's row in a Markdown table."""
    found = re.search(rf"^\| {program} \|.*$", table, re.MULTILINE)
    assert found, program
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def test_supervisord_starts_the_programs_in_the_order_of_the_table() -> None:
    priorities = {
        section.removeprefix("program:"): int(CONF[section]["priority"])
        for section in CONF.sections()
        if section.startswith("program:")
    }

    assert tuple(sorted(priorities, key=priorities.__getitem__)) == NAMES
    assert tuple(priorities) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_supervisord_starts_a_program_by_the_flag_of_its_name(name: str) -> None:
    assert CONF[f"program:{name}"]["autostart"] == f"%(ENV_START_{name.upper()})s"


def test_supervisord_ends_the_container_for_the_programs_of_the_table() -> None:
    ending = CONF["rpcinterface:ending"]

    ends_container = [program.name for program in PROGRAMS if program.ends_container]
    one_shots = [program.name for program in PROGRAMS if program.is_one_shot]
    assert ending["one_shot"].split(",") == one_shots
    assert [
        name for name in NAMES if name in {*ending["ends_container"].split(","), *one_shots}
    ] == ends_container


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_program_that_does_not_end_the_container_is_retried_for_a_day(program) -> None:
    if program.is_one_shot:
        return  # supervisord counts no retries of it, rpcinterface:ending does

    retries = int(CONF[f"program:{program.name}"]["startretries"])
    # After n failures in a row supervisord waits n seconds.
    seconds = retries * (retries + 1) / 2

    assert seconds < 120 if program.ends_container else seconds > 80_000


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_probe_is_a_module_or_one_of_four_rules(program) -> None:
    module = ROOT / "healthcheck" / "probes" / f"{program.probe}.py"

    assert program.probe in {"once", "itself", "links"} or module.is_file()


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_program_waits_only_for_programs_and_uses_only_stores(program) -> None:
    assert set(program.waits_for) <= set(NAMES)
    assert set(program.stores) <= set(STORES)


def test_a_source_folder_exists_and_each_folder_with_a_program_is_claimed() -> None:
    claimed = {folder for program in PROGRAMS for folder in program.source}
    app = ROOT / "app" / "qlines"
    runnable = {file.parent.name for file in app.glob("*/__main__.py")}
    runnable -= {"cli", "repair"}  # run by people, and by the start scripts of the stores

    assert {
        folder for folder in claimed if not (app / folder).is_dir() and not (ROOT / folder).is_dir()
    } == set()
    assert runnable <= claimed


@pytest.mark.parametrize(
    ("file", "restarted"),
    [
        (APP / "writer" / "loop.py", ["writer"]),
        (APP / "jobs" / "export.py", ["rqworker", "messenger", "cron", "gunicorn"]),
        (HEALTHCHECK / "checks.py", ["healthd"]),
        (APP / "init" / "stores.py", ["init"]),
        (APP / "brokers" / "arrivals.py", ["registry"]),
    ],
)
def test_make_dev_restarts_the_programs_that_claim_the_folder(file, restarted) -> None:
    assert programs_using(file) == restarted


def test_make_dev_restarts_every_python_program_for_a_shared_module() -> None:
    assert programs_using(APP / "clock.py") == [
        "twin", "node", "registry", "ingest", "writer", "live", "alarms", "rqworker", "messenger",
        "cron", "gunicorn", "healthd",
    ]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_architecture_names_the_ports_and_what_a_program_waits_for(program) -> None:
    _name, _is, ports, waits_for = row(ARCHITECTURE, program.name)

    assert {int(port) for port in re.findall(r"\b\d{4,5}\b", ports)} == set(program.ports)
    assert tuple(names(waits_for)) == program.waits_for


def test_architecture_lists_the_programs_in_the_order_of_the_table() -> None:
    table = ARCHITECTURE.partition("## Processes")[2].partition("\n## ")[0]

    assert tuple(re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE)[1:]) == NAMES


def test_the_readme_of_the_appliance_lists_the_roles() -> None:
    roles = re.search(r"^\| `QLINES_ROLES` \|.*$", APPLIANCE_README, re.MULTILINE)

    assert roles
    assert tuple(names(roles[0].partition("separated by commas:")[2])) == NAMES


def test_the_readme_of_the_appliance_says_which_programs_end_the_container() -> None:
    sentence = re.search(r"cannot be started ends the container: ([^.]+)\.", APPLIANCE_README)

    assert sentence
    assert names(sentence[1]) == [program.name for program in PROGRAMS if program.ends_container]


def test_the_readme_of_the_health_checker_says_which_programs_are_needed_for_ready() -> None:
    sentence = re.search(r"Needed for ready are ([^.]+)\.", HEALTHCHECK_README)

    assert sentence
    assert names(sentence[1]) == [
        program.name for program in PROGRAMS if program.is_needed_for_ready
    ]
