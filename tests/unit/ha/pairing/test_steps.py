"""Two VMs and a witness on folders instead of volumes."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from appliance.shared import twin
from ha.pairing import steps
from ha.pairing.errors import PairingError
from ha.pairing.invitation import packed, unpacked
from ha.pairing.steps import Names
from ha.pairing.volumes import Volumes
from tests.unit.ha.pairing.vms import NAMES, NOW, Vm


def certificate(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text[text.index("-----BEGIN CERT") :].encode())


def test_each_part_knows_its_counterparts(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    assert a.twin("app") == twin.Twin("a", "app", {"b": "vm-b:7444", "witness": "monitor:7444"})
    assert a.twin("blog") == twin.Twin("a", "blog", {"b": "vm-b:7445"})
    assert b.twin("app") == twin.Twin("b", "app", {"a": "vm-a:7444", "witness": "monitor:7444"})
    assert b.twin("proxy") == twin.Twin("b", "proxy", {"a": "vm-a:7443"})


def test_each_part_has_a_certificate_of_its_name_for_ten_years(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    for vm, side in ((a, "a"), (b, "b")):
        for part in ("app", "blog", "proxy"):
            found = certificate(vm.read(part, "link.pem"))
            found.verify_directly_issued_by(certificate(a.read("app", "ca.pem")))
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
            assert names.value.get_values_for_type(x509.DNSName) == [
                f"{part}.{side}.twin",
                f"*.{part}.{side}.twin",
            ]
            assert found.not_valid_after_utc - NOW > timedelta(days=3652)


def test_the_keys_of_the_pairing_are_in_the_app_only_and_readable_by_their_owner(
    a: Vm, b: Vm
) -> None:
    b.join(a.invite())

    for vm in (a, b):
        for part in ("proxy", "blog"):
            names = {file.name for file in (vm.root / part / "twin").iterdir()}
            assert names - {"copy_awaited"} == {"twin.json", "ca.pem", "link.pem"}
        for file in (vm.root / "app" / "twin").iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert vm.read("app", "mongodb.key") == a.read("app", "mongodb.key")
        assert vm.read("app", "ca.key") == a.read("app", "ca.key")


def test_an_invitation_does_not_carry_the_keys_of_its_inviter(a: Vm) -> None:
    assert set(a.invite().links) == {
        "app.b.twin", "blog.b.twin", "proxy.b.twin", "app.witness.twin",
    }  # fmt: skip


def test_the_joining_vm_takes_over_the_secrets_and_empties_its_stores(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    assert b.secret("secret_key") == "secret_key of a"
    assert b.secret("backup_password") == "backup_password of a"
    assert b.secret("mariadb_root", "blog") == "root of a"
    assert not (b.root / "app" / "mongodb").exists()
    assert (a.root / "app" / "mongodb").exists()


def test_the_blog_that_joins_waits_for_a_copy_of_the_inviters(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    assert (b.root / "blog" / "twin" / "copy_awaited").exists()
    assert not (a.root / "blog" / "twin" / "copy_awaited").exists()


def test_a_repeated_join_leaves_the_stores_alone(a: Vm, b: Vm) -> None:
    invitation = a.invite()
    b.join(invitation)
    (b.root / "app" / "mongodb").mkdir()

    b.join(invitation)

    assert (b.root / "app" / "mongodb").exists()


def test_the_witness_gets_what_it_needs_and_no_more(a: Vm, tmp_path: Path) -> None:
    machine = tmp_path / "witness"
    (machine / "app").mkdir(parents=True)

    steps.witness(Volumes(machine), a.invite())

    names = {file.name for file in (machine / "app" / "twin").iterdir()}
    assert names == {"twin.json", "ca.pem", "link.pem", "mongodb.key"}
    assert not (machine / "app" / "secrets").exists()
    assert twin.read(machine / "app") == twin.Twin(
        "witness", "app", {"a": "vm-a:7444", "b": "vm-b:7444"}
    )


def test_a_machine_that_was_the_witness_of_others_begins_without_their_data(
    a: Vm, b: Vm, tmp_path: Path
) -> None:
    machine = tmp_path / "witness"
    (machine / "app" / "secrets").mkdir(parents=True)
    steps.witness(Volumes(machine), b.invite())
    (machine / "app" / "mongodb").mkdir()

    steps.witness(Volumes(machine), b.invite())
    assert (machine / "app" / "mongodb").exists()

    steps.witness(Volumes(machine), a.invite())
    assert not (machine / "app" / "mongodb").exists()


def test_each_app_keeps_the_token_of_its_own_canary(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    assert b.secret("secret_key") == "secret_key of a"
    assert b.secret("canary_token") == "canary_token of b"


def test_an_invitation_without_a_witness_makes_none(a: Vm, tmp_path: Path) -> None:
    with pytest.raises(PairingError, match="names no witness: repeat it with its address"):
        steps.witness(Volumes(tmp_path), a.invite(Names("vm-a", "vm-b")))


def test_renewing_changes_the_certificates_and_nothing_else(a: Vm, b: Vm) -> None:
    b.join(a.invite())
    names = ("twin.json", "ca.pem", "ca.key", "mongodb.key", "link.pem")
    before = {name: a.read("app", name) for name in names}

    b.join(a.invite(Names()))

    after = {name: a.read("app", name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"link.pem", "ca.pem"}
    assert b.read("app", "ca.pem") == after["ca.pem"]


def test_a_renewed_authority_is_valid_for_ten_years_more_and_accepts_what_the_old_one_issued(
    a: Vm,
) -> None:
    a.invite()
    old_authority, old_link = a.read("app", "ca.pem"), a.read("app", "link.pem")
    later = NOW + timedelta(days=3600)

    steps.invite(a.volumes, Names(), {}, later)

    authority, link = certificate(a.read("app", "ca.pem")), certificate(a.read("app", "link.pem"))
    assert authority.not_valid_after_utc - later > timedelta(days=3652)
    # The other machines have the old ones until they join again.
    certificate(old_link).verify_directly_issued_by(authority)
    link.verify_directly_issued_by(certificate(old_authority))


def test_either_side_may_renew(a: Vm, b: Vm) -> None:
    b.join(a.invite())

    a.join(b.invite(Names(witness="other-monitor")))

    assert (a.root / "app" / "mongodb").exists()
    assert a.twin("app").side == "a"
    assert a.twin("app").peers == {"b": "vm-b:7444", "witness": "other-monitor:7444"}


def test_revoking_makes_a_new_authority_that_accepts_nothing_from_before(a: Vm, b: Vm) -> None:
    b.join(a.invite())
    revoked = b.read("app", "link.pem")

    b.join(a.invite(Names(), is_revoking=True))

    authority = certificate(a.read("app", "ca.pem"))
    certificate(b.read("app", "link.pem")).verify_directly_issued_by(authority)
    with pytest.raises(InvalidSignature):
        certificate(revoked).verify_directly_issued_by(authority)


def test_there_is_nothing_to_revoke_without_a_twin(a: Vm) -> None:
    with pytest.raises(PairingError, match="has no twin"):
        a.invite(Names(), is_revoking=True)


def test_a_first_invitation_needs_both_names(a: Vm) -> None:
    with pytest.raises(PairingError, match="PEER must name the other VM and SELF this one"):
        a.invite(Names(own="vm-a"))

    assert a.volumes.standing() is None


def test_the_vm_that_wrote_an_invitation_does_not_join_by_it(a: Vm) -> None:
    with pytest.raises(PairingError, match="this VM wrote the invitation itself"):
        a.join(a.invite())


def test_a_vm_in_another_pairing_joins_only_to_replace_it(a: Vm, b: Vm, tmp_path: Path) -> None:
    b.join(Vm(tmp_path, "c").invite())
    invitation = a.invite()

    with pytest.raises(PairingError, match="is paired with another one"):
        b.join(invitation)
    b.join(invitation, is_replacing=True)

    assert b.read("app", "ca.pem") == a.read("app", "ca.pem")


def test_a_vm_that_was_never_started_has_nothing_to_share(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()

    with pytest.raises(PairingError, match="start this VM first"):
        steps.invite(Volumes(tmp_path), NAMES, {}, NOW)


@pytest.mark.parametrize("file", ["ca.key", "pairing.json", "ca.pem"])
def test_a_corrupt_pairing_is_named_and_joining_again_mends_it_and_keeps_the_data(
    a: Vm, b: Vm, file: str
) -> None:
    invitation = a.invite()
    b.join(invitation)
    (b.root / "app" / "mongodb").mkdir()
    (b.root / "app" / "twin" / file).unlink()

    with pytest.raises(PairingError, match="is corrupt"):
        b.invite(Names())
    assert steps.joining(b.volumes, invitation, is_replacing=False) == "again"
    b.join(invitation)

    assert b.volumes.standing()
    assert (b.root / "app" / "mongodb").exists()


@pytest.mark.parametrize("lost", ["mongodb.key", "twin.json"])
def test_data_that_are_not_known_to_be_the_pairs_are_replaced_only_on_demand(
    a: Vm, b: Vm, lost: str
) -> None:
    invitation = a.invite()
    b.join(invitation)
    (b.root / "app" / "mongodb").mkdir()
    (b.root / "app" / "twin" / "pairing.json").write_text("{")
    (b.root / "app" / "twin" / lost).unlink()

    with pytest.raises(PairingError, match="REPLACE=1 replaces them"):
        b.join(invitation)
    assert (b.root / "app" / "mongodb").exists()
    b.join(invitation, is_replacing=True)

    assert not (b.root / "app" / "mongodb").exists()


def test_the_inviter_whose_pairing_is_corrupt_does_not_join_its_own_invitation(a: Vm) -> None:
    invitation = a.invite()
    (a.root / "app" / "twin" / "pairing.json").unlink()

    with pytest.raises(PairingError, match="this VM wrote the invitation itself"):
        a.join(invitation)


def test_a_join_that_was_cut_short_begins_again(a: Vm, b: Vm) -> None:
    invitation = a.invite()
    b.join(invitation)
    (b.root / "app" / "twin" / "twin.json").unlink()

    assert steps.joining(b.volumes, invitation, is_replacing=False) == "first"


def test_leaving_deletes_the_pairing_and_nothing_else(a: Vm) -> None:
    a.invite()

    a.volumes.leave()

    assert not list(a.root.glob("*/twin"))
    assert a.secret("secret_key") == "secret_key of a"


def test_a_newer_invitation_asks_for_an_upgrade(a: Vm) -> None:
    document = json.loads(packed(a.invite())) | {"version": 2}

    with pytest.raises(PairingError, match="newer version of QLines"):
        unpacked(json.dumps(document).encode())
