"""The `qlines` command as scripts call it: one JSON document and a meaningful exit status."""

import secrets

import pytest

from tests.harness.docker import CommandError
from tests.harness.people import Browser


def new_email():
    return f"user-{secrets.token_hex(4)}@example.com"


def status_of(appliance, *arguments, text=None):
    with pytest.raises(CommandError) as failure:
        appliance.cli(*arguments, text=text)
    return failure.value.status


def test_a_new_user_gets_a_password_and_signs_in_with_it(appliance):
    email = new_email()

    added = appliance.cli("user", "add", email)

    assert added["email"] == email
    assert added["admin"] is False
    assert Browser(appliance).sign_in(email, added["password"]).url.endswith("/devices")
    assert email in [user["email"] for user in appliance.cli("user", "list")]


def test_a_password_from_standard_input_is_not_printed(appliance):
    added = appliance.cli(
        "user", "add", new_email(), "--admin", "--password-stdin", text="long enough 1\n"
    )

    assert added["admin"] is True
    assert "password" not in added


def test_a_new_password_replaces_the_old_one(appliance):
    email = new_email()
    old = appliance.cli("user", "add", email)["password"]

    new = appliance.cli("user", "reset-password", email)["password"]

    assert not Browser(appliance).sign_in(email, old).url.endswith("/devices")
    assert Browser(appliance).sign_in(email, new).url.endswith("/devices")


def test_a_device_is_added_listed_and_removed(appliance, alice):
    token = f"token-{secrets.token_hex(6)}"

    added = appliance.cli(
        "device", "add", "from the shell", "--owner", alice.email, "--token", token
    )

    assert (added["name"], added["token"], added["gateway"]) == ("from the shell", token, False)
    assert added["owner"] == alice.email
    assert added["id"] in [device["id"] for device in appliance.cli("device", "list")]
    appliance.cli("device", "remove", added["id"])
    assert added["id"] not in [device["id"] for device in appliance.cli("device", "list")]


def test_an_import_is_all_or_nothing(appliance, alice):
    tokens = [f"import-{secrets.token_hex(6)}" for _ in range(3)]
    lines = [
        "name,owner,token,gateway,tags",
        f"good {tokens[0]},{alice.email},{tokens[0]},,red",
        f"bad {tokens[1]},nobody@example.com,{tokens[1]},,",
        f"gate {tokens[2]},{alice.email},{tokens[2]},yes,",
    ]
    file = "\n".join(lines) + "\n"

    with pytest.raises(CommandError) as failure:
        appliance.cli("device", "import", "-", text=file)
    assert '"line": 3' in failure.value.stdout.replace('"line":3', '"line": 3')
    assert alice.api.document("/api/data", search=tokens[0])["total"] == 0

    answer = appliance.cli("device", "import", "-", "--skip-errors", text=file)
    assert answer["added"] == 2
    assert [error["line"] for error in answer["errors"]] == [3]
    assert alice.api.document("/api/data", search=tokens[0])["total"] == 1


def test_the_simulator_counts_the_acknowledged_messages(appliance):
    answer = appliance.cli("simulate", "--devices", "5", "--rate", "20", "--seconds", "3")

    assert answer["sent"] >= 30
    assert answer["acknowledged"] == answer["sent"]


def test_a_failed_command_ends_with_1_and_a_wrong_call_with_2(appliance):
    assert status_of(appliance, "user", "reset-password", new_email()) == 1
    assert status_of(appliance, "device", "remove", "0" * 24) == 1
    assert status_of(appliance, "device", "add", "x", "--owner", new_email()) == 1
    assert status_of(appliance, "device") == 2
    assert status_of(appliance, "nonsense") == 2
