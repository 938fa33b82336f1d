"""Answers that wait for nine others are sealed: whoever reads the database sees that some wait, not what they say."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nahbar.surveys.figures import Answer, Audience, Question
from nahbar.surveys.keys import keys_for
from nahbar.surveys.rules import Answers

NONCE_BYTES = 12
# One letter for each question, so that every sealed answer is as long as every other.
LETTERS = {None: "-", Answer.YES: "y", Answer.PARTLY: "p", Answer.NO: "n"}


def seal(answers: Answers, *, office: int, audience: Audience) -> bytes:
    """The answers as only a server with the key reads them, bound to office and audience."""
    nonce = os.urandom(NONCE_BYTES)
    letters = "".join(LETTERS[answers.get(question)] for question in Question)
    return nonce + AESGCM(keys_for("staging")[0]).encrypt(nonce, letters.encode(), _bound(office, audience))


def unseal(sealed: bytes, *, office: int, audience: Audience) -> Answers | None:
    """The answers; None where no key in force opens them."""
    for key in keys_for("staging"):
        try:
            letters = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(office, audience))
        except InvalidTag:
            continue
        meant = {letter: answer for answer, letter in LETTERS.items()}
        said = {question: meant[letter] for question, letter in zip(Question, letters.decode(), strict=True)}
        return {question: answer for question, answer in said.items() if answer is not None}
    return None


def _bound(office: int, audience: Audience) -> bytes:
    return f"{office}:{audience.value}".encode()
