"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _invitation(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.COMMUNICATION, purpose, Period.AS_FILE)


def _device(purpose: str, klass: PrivacyClass = PrivacyClass.PRESENCE) -> Privacy:
    return Privacy(klass, purpose, Period.THREE_MONTHS)


FIELDS: Fields = {
    "Invitation": {
        "public_id": _invitation("the open half of the link"),
        "participation": _invitation("who is invited to what"),
        "state": _invitation("whether the link works"),
        "generation": _invitation("older links stop working"),
        "wrong_proofs": _invitation("guessing ends"),
        "issued_at": _invitation("when it was sent"),
    },
    "Device": {
        "invitation": _device("which link was opened"),
        "key_hash": _device("knowing the browser again", PrivacyClass.CREDENTIAL),
        "generation": _device("older links stop working"),
        "opened_at": _device("when the link was opened"),
        "seen_at": _device("which device was used last"),
        "proven_at": _device("that the person showed it is theirs"),
        "wrong_proofs": _device("guessing ends"),
        "checks": _device("what was tried need not be tried again"),
    },
}
