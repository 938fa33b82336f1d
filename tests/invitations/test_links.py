"""Links: derived, never stored, compared with every key in force."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from nahbar.invitations.links import is_secret_of, link_of, secret_of
from nahbar.invitations.models import Device
from nahbar.invitations.operations import ProofAnswer, open_link, prove, unlock
from nahbar.invitations.queries import is_locked, proof_is_blocked
from tests.conftest import Cast

OLD, NEW = "o" * 40, "n" * 40


@given(st.uuids(), st.integers(1, 50))
def test_secret_is_long_safe_in_an_address_and_its_own(public_id: uuid.UUID, generation: int) -> None:
    secret = secret_of(public_id=public_id, generation=generation)
    assert re.fullmatch(r"[\w-]{24}", secret)
    assert is_secret_of(candidate=secret, public_id=public_id, generation=generation)
    assert not is_secret_of(candidate=secret, public_id=public_id, generation=generation + 1)
    assert link_of(public_id=public_id, generation=generation).endswith(f"/t/{public_id}#{secret}")


@given(st.text(max_size=60), st.uuids())
def test_anything_else_is_no_secret(candidate: str, public_id: uuid.UUID) -> None:
    assert not is_secret_of(candidate=candidate, public_id=public_id, generation=1)


def test_keys_rotate_without_breaking_links() -> None:
    public_id = uuid.uuid4()
    with override_settings(NAHBAR_LINK_KEYS=[OLD]):
        before = secret_of(public_id=public_id, generation=1)
    with override_settings(NAHBAR_LINK_KEYS=[NEW, OLD]):
        assert is_secret_of(candidate=before, public_id=public_id, generation=1)
        assert secret_of(public_id=public_id, generation=1) != before
    with override_settings(NAHBAR_LINK_KEYS=[NEW]):
        assert not is_secret_of(candidate=before, public_id=public_id, generation=1)


def new_device(cast: Cast) -> Device:
    invitation = cast.invitation
    secret = secret_of(public_id=invitation.public_id, generation=invitation.generation)
    opened = open_link(public_id=invitation.public_id, secret=secret, device_key="", now=cast.appointment.created_at)
    return opened.device


def guess(cast: Cast, device: Device, *digits: str) -> list[ProofAnswer]:
    answers = []
    for typed in digits:
        device.refresh_from_db()
        answers.append(prove(device=device, digits=typed, now=cast.appointment.created_at))
    return answers


def test_five_wrong_proofs_lock_a_device_and_right_ones_come_too_late(cast: Cast) -> None:
    answers = guess(cast, new_device(cast), *["0101"] * 5, "1704")
    assert answers == [*[ProofAnswer.WRONG] * 4, ProofAnswer.LOCKED, ProofAnswer.LOCKED]


def test_ten_wrong_proofs_lock_the_link_for_every_new_device(cast: Cast) -> None:
    proven = new_device(cast)
    assert guess(cast, proven, "1704") == [ProofAnswer.PROVEN]
    for device in (new_device(cast), new_device(cast)):
        guess(cast, device, *["0101"] * 5)
    assert guess(cast, new_device(cast), "1704") == [ProofAnswer.LOCKED]
    assert guess(cast, proven, "") == [ProofAnswer.EMPTY]
    assert guess(cast, proven, "9999") == [ProofAnswer.PROVEN]
    assert proof_is_blocked(invitation=cast.invitation)


def test_unlocking_forgets_wrong_tries(cast: Cast) -> None:
    device = new_device(cast)
    guess(cast, device, *["0101"] * 5)
    unlock(invitation=cast.invitation, by=cast.desk.actor, now=cast.appointment.created_at)
    assert guess(cast, device, "1704") == [ProofAnswer.PROVEN]
    cast.invitation.refresh_from_db()
    assert not is_locked(invitation=cast.invitation, device=device)


def test_right_proof_gives_its_own_try_back_and_no_other(cast: Cast) -> None:
    device = new_device(cast)
    guess(cast, device, "0101", "0202", "1704")
    cast.invitation.refresh_from_db()
    device.refresh_from_db()
    assert (cast.invitation.wrong_proofs, device.wrong_proofs) == (2, 0)


@pytest.mark.parametrize("typed", ["", " ", "--", "abcd"])
def test_empty_proofs_are_not_counted(cast: Cast, typed: str) -> None:
    device = new_device(cast)
    assert guess(cast, device, typed) == [ProofAnswer.EMPTY]
    device.refresh_from_db()
    assert device.wrong_proofs == 0
