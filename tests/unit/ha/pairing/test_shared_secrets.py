"""Passwords, settings with passwords, and files of settings: what B has of them after it joined."""

from pathlib import Path

import pytest

from ha.pairing.errors import PairingError
from ha.pairing.steps import Names
from tests.unit.ha.pairing.vms import Vm


def test_a_vm_that_has_made_backups_keeps_them_with_the_password_that_opens_them(
    a: Vm, b: Vm
) -> None:
    b.make_backup()

    b.join(a.invite())

    assert b.before_pairing("backup_password").read_text() == "backup_password of b"
    assert b.before_pairing("repository/config").exists()
    # From now on it makes backups that the other VM can read, and in the same place.
    assert b.secret("backup_password") == "backup_password of a"
    assert not (b.root / "app" / "backup" / "repository").exists()


def test_a_password_of_backups_that_was_set_is_kept_too(a: Vm, b: Vm) -> None:
    b.make_backup()
    b.env = {"QLINES_BACKUP_PASSWORD": "chosen", "QLINES_BACKUP_SECRETS_PASSWORD": "second"}

    b.join(a.invite())

    assert b.before_pairing("backup_password").read_text() == "chosen"
    assert b.before_pairing("backup_secrets_password").read_text() == "second"


def test_backups_that_the_common_password_opens_stay_where_they_are(a: Vm, b: Vm) -> None:
    b.make_backup()
    b.env = {"QLINES_BACKUP_PASSWORD": "common"}

    b.join(a.invite(env={"QLINES_BACKUP_PASSWORD": "common"}))

    assert (b.root / "app" / "backup" / "repository" / "config").exists()
    assert not b.before_pairing("").exists()


def test_while_a_vm_runs_only_the_password_of_its_backups_is_kept(a: Vm, b: Vm) -> None:
    b.join(a.invite())
    b.make_backup()

    b.join(a.invite(Names(), env={"QLINES_BACKUP_PASSWORD": "new"}))

    assert b.secret("backup_password") == "new"
    assert b.before_pairing("backup_password").read_text() == "backup_password of a"
    assert (b.root / "app" / "backup" / "repository" / "config").exists()


def test_a_second_pairing_deletes_no_backups_from_before_the_first(
    a: Vm, b: Vm, tmp_path: Path
) -> None:
    b.make_backup()
    b.join(Vm(tmp_path, "c").invite())
    b.make_backup()

    b.join(a.invite(), is_replacing=True)

    assert b.before_pairing("backup_password").read_text() == "backup_password of b"
    second = b.before_pairing("backup_password", "before-pairing-2")
    assert second.read_text() == "backup_password of c"


def test_a_secret_that_is_set_counts_more_than_the_generated_one(a: Vm) -> None:
    a.add_file("app", "token", "from a file\n")
    env = {"QLINES_SECRET_KEY": "set by hand", "QLINES_HEALTH_TOKEN_FILE": "/etc/qlines/token"}

    shared = a.invite(env=env).secrets["app"]

    assert (shared["secret_key"], shared["health_token"]) == ("set by hand", "from a file")


def test_settings_that_are_read_from_files_are_shared_by_their_values(a: Vm) -> None:
    a.add_file("app", "smtp", "smtp://user:password@mail\n")
    env = {
        "QLINES_SMTP_URL": "",
        "QLINES_SMTP_URL_FILE": "/etc/qlines/smtp",
        "QLINES_BACKUP_SECRETS_PASSWORD": "second",
    }

    assert a.invite(env=env).settings == {
        "QLINES_SMTP_URL": "smtp://user:password@mail",
        "QLINES_BACKUP_SECRETS_PASSWORD": "second",
    }


def test_a_file_of_a_setting_that_is_missing_is_refused(a: Vm) -> None:
    with pytest.raises(PairingError, match="QLINES_SMTP_URL_FILE must name a file in secrets/app"):
        a.invite(env={"QLINES_SMTP_URL_FILE": "/etc/qlines/smtp"})


def test_the_authority_of_a_certificate_authority_of_ones_own_must_be_on_both(a: Vm, b: Vm) -> None:
    invitation = a.invite(env={"QLINES_ACME_CA_FILE": "/etc/qlines/ca.pem"})

    with pytest.raises(PairingError, match="copy it from the other VM, and join"):
        b.join(invitation)
    assert (b.root / "app" / "mongodb").exists()
    b.add_file("proxy", "ca.pem", "-----BEGIN CERTIFICATE-----")

    b.join(invitation)
