"""What `appliance/vm.sh` decides about a virtual address before it builds or starts anything."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "appliance" / "vm.sh"
ADDRESS = {"QLINES_VIRTUAL_ADDRESS": "192.0.2.10/24"}


def bash(code, folder, **env):
    """Run code with the script's functions in an empty folder, after the settings were read."""
    read = f'source {SCRIPT}; cd "$FOLDER"; read_env_file; read_vm_settings'
    return subprocess.run(
        ["bash", "-c", f"{read}; {code}"],
        env={"PATH": os.environ["PATH"], "FOLDER": str(folder), **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_virtual_address_adds_a_file_and_a_service(tmp_path):
    shown = bash(
        'echo "${FILES[@]}" "${SERVICES[@]}"', tmp_path, QLINES_TWIN="on", **ADDRESS
    ).stdout

    assert "docker-compose.twin.yml --file docker-compose.virtual-address.yml" in shown
    assert shown.split()[-4:] == ["app", "proxy", "blog", "virtual-address"]


def test_without_one_nothing_of_it_is_there(tmp_path):
    shown = bash('echo "${FILES[@]}" "${SERVICES[@]}"', tmp_path, QLINES_TWIN="on").stdout

    assert shown.split()[-3:] == ["app", "proxy", "blog"]
    assert "virtual" not in shown


def test_a_vm_without_a_twin_refuses_it_with_the_remedy(tmp_path):
    refused = bash("require_twin_for_address", tmp_path, **ADDRESS)

    assert refused.returncode == 1
    assert refused.stderr == (
        "✖ QLINES_VIRTUAL_ADDRESS is for two VMs, got '192.0.2.10/24' on one without a twin: remove"
        " it, or pair this VM: make twin-invite PEER=…\n"
    )


def test_a_twin_and_a_vm_without_the_setting_may_start(tmp_path):
    assert bash("require_twin_for_address", tmp_path, QLINES_TWIN="on", **ADDRESS).returncode == 0
    assert bash("require_twin_for_address", tmp_path).returncode == 0


STUB = """
docker() { case $1 in inspect) return "$IS_MISSING";; *) echo "$@" >&2;; esac; }
is_of_compose() { :; }
require_compose() { COMPOSE=(echo compose); }
"""


def test_a_vm_that_is_taken_down_gives_its_address_up_before_compose_kills_what_it_does_not_know(
    tmp_path,
):
    done = bash(f"{STUB} NAME=qlines; take_down 2>&1", tmp_path, IS_MISSING="0")

    assert done.stdout.splitlines()[:2] == [
        "stop qlines-virtual-address",
        "compose down --remove-orphans",
    ]


def test_a_vm_without_such_a_container_has_nothing_to_stop(tmp_path):
    done = bash(f"{STUB} NAME=qlines; take_down 2>&1", tmp_path, IS_MISSING="1")

    assert done.stdout.splitlines()[0] == "compose down --remove-orphans"
