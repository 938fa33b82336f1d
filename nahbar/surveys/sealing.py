"""Answers that wait for others are sealed: whoever reads the database sees that some wait, not what they say.

Sealed in is the person's mark, so that the lot is known to be of enough people; it ends with the seal.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nahbar.surveys.figures import Answer, Audience, Question
from nahbar.surveys.keys import keys_for
from nahbar.surveys.rules import Answers

NONCE_BYTES = 12
# One letter for each question, so that every sealed answer is as long as every other.
LETTERS = {None: "-", Answer.YES: "y", Answer.PARTLY: "p", Answer.NO: "n"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed."""

    answers: Answers
    mark: bytes


def seal(answers: Answers, *, mark: bytes, office: int, audience: Audience) -> bytes:
    """Answers and mark as only a server with the key reads them, bound to office and audience."""
    nonce = os.urandom(NONCE_BYTES)
    letters = "".join(LETTERS[answers.get(question)] for question in Question)
    return nonce + AESGCM(keys_for("staging")[0]).encrypt(nonce, letters.encode() + mark, _bound(office, audience))


def unseal(sealed: bytes, *, office: int, audience: Audience) -> Opened | None:
    """Answers and mark; None where no key in force opens them."""
    for key in keys_for("staging"):
        try:
            whole = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(office, audience))
        except InvalidTag:
            continue
        letters, mark = whole[: len(Question)].decode(), whole[len(Question) :]
        meant = {letter: answer for answer, letter in LETTERS.items()}
        said = {question: meant[letter] for question, letter in zip(Question, letters, strict=True)}
        return Opened({question: answer for question, answer in said.items() if answer is not None}, mark)
    return None


def _bound(office: int, audience: Audience) -> bytes:
    return f"{office}:{audience.value}".encode()
