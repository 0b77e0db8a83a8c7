"""Passwords as argon2id hashes."""

import argon2

from qlines.store import passwords


def test_a_hash_verifies_its_password_and_no_other():
    made = passwords.hash_password("correct horse")

    assert passwords.verify(made, "correct horse")
    assert not passwords.verify(made, "wrong")
    assert "correct" not in made


def test_the_same_password_has_another_hash_each_time():
    assert passwords.hash_password("x" * 8) != passwords.hash_password("x" * 8)


def test_it_uses_argon2id_with_parameters_for_a_small_machine():
    assert passwords.hash_password("x" * 8).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_of_weaker_parameters_is_outdated_and_still_verified():
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x" * 8)

    assert passwords.is_outdated(weak)
    assert passwords.verify(weak, "x" * 8)
    assert not passwords.is_outdated(passwords.hash_password("x" * 8))


def test_the_dummy_hash_costs_as_much_and_verifies_nothing():
    assert not passwords.is_outdated(passwords.DUMMY_HASH)
    assert not passwords.verify(passwords.DUMMY_HASH, "")


def test_a_text_that_is_not_a_hash_verifies_nothing():
    assert not passwords.verify("plain text", "plain text")


def test_a_made_password_is_long_enough_and_new_each_time():
    made = {passwords.make_password() for _ in range(50)}

    assert len(made) == 50
    assert all(len(password) == 16 for password in made)
