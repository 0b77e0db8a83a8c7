import hashlib
import re

import pytest

from ha.pairing.errors import PairingError
from ha.pairing.sealed import new_passphrase, seal, split, unseal

CONTENT = b'{"any": "content"}' * 20
PASSPHRASE = "abcd-efgh-jkmn-pqrs-tuvw-xyz2"
SEALED = seal(CONTENT, PASSPHRASE)
WRONG = "the passphrase does not open the invitation"
CORRUPT = "the invitation is corrupt"


def with_new_checksum(text: str) -> str:
    """Return the file as somebody would change it who also corrects its checksum."""
    body = text[: text.index("sha256 ")]
    return f"{body}sha256 {hashlib.sha256(body.encode()).hexdigest()}\n"


def test_the_passphrase_opens_what_it_has_sealed() -> None:
    assert unseal(SEALED, PASSPHRASE) == CONTENT


@pytest.mark.parametrize(
    "typed", [PASSPHRASE.upper(), PASSPHRASE.replace("-", " "), f" {PASSPHRASE}\n"]
)
def test_how_the_passphrase_is_typed_does_not_matter(typed: str) -> None:
    assert unseal(SEALED, typed) == CONTENT


@pytest.mark.parametrize(
    "copied", [SEALED.replace("\n", "\r\n"), f"\n{SEALED}\n\n", SEALED.strip()]
)
def test_what_a_mail_does_to_line_ends_does_not_matter(copied: str) -> None:
    assert unseal(copied, PASSPHRASE) == CONTENT


def test_it_is_text_without_the_content() -> None:
    assert SEALED.isascii()
    assert max(map(len, SEALED.splitlines())) <= 80
    assert "content" not in SEALED


def test_a_wrong_passphrase_is_told_apart_from_a_corrupt_file() -> None:
    with pytest.raises(PairingError, match=WRONG):
        unseal(SEALED, PASSPHRASE.replace("a", "b"))


@pytest.mark.parametrize("at", range(30, len(SEALED) - 1, 37))
def test_one_wrong_character_is_a_corrupt_file(at: int) -> None:
    other = "0" if SEALED[at] != "0" else "1"

    with pytest.raises(PairingError, match=CORRUPT):
        unseal(SEALED[:at] + other + SEALED[at + 1 :], PASSPHRASE)


def test_a_file_that_was_cut_off_is_corrupt() -> None:
    with pytest.raises(PairingError, match=CORRUPT):
        unseal(SEALED[: len(SEALED) // 2], PASSPHRASE)


def test_a_change_with_a_right_checksum_does_not_open() -> None:
    at = SEALED.index("\n") + 60
    changed = SEALED[:at] + ("A" if SEALED[at] != "A" else "B") + SEALED[at + 1 :]

    with pytest.raises(PairingError, match=WRONG):
        unseal(with_new_checksum(changed), PASSPHRASE)


def test_a_newer_format_asks_for_an_upgrade() -> None:
    with pytest.raises(
        PairingError, match="has format 2, and this version of QLines reads up to 1"
    ):
        unseal(SEALED.replace("format 1", "format 2"), PASSPHRASE)


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN CERTIFICATE-----\n"])
def test_another_file_is_no_invitation(text: str) -> None:
    with pytest.raises(PairingError, match="this is not an invitation"):
        unseal(text, PASSPHRASE)


def test_a_passphrase_can_be_read_out() -> None:
    made = new_passphrase()

    assert re.fullmatch(r"([a-z2-9]{4}-){5}[a-z2-9]{4}", made)
    assert not set(made) & set("ilo01")
    assert made != new_passphrase()


def test_what_follows_the_invitation_is_split_off() -> None:
    assert split(f"{SEALED}QLINES_NAME=x\n") == (SEALED, "QLINES_NAME=x\n")
    assert split("hello") == ("hello", "")
