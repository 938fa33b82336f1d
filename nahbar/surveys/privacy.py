"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _spent(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.PSEUDONYMOUS, purpose, Period.SIX_WEEKS)


def _staged(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.ANONYMOUS, purpose, Period.UNTIL_TEN)


def _stored(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.ANONYMOUS, purpose, Period.FOR_GOOD)


FIELDS: Fields = {
    "SpentTicket": {
        "hash": _spent("the same talk is answered about once; only the server's key leads from it to a talk"),
        "jobcenter": _spent("which office asked"),
        "week": _spent("when it may be forgotten: the week of the talk, not of the answer"),
    },
    "StagedAnswer": {
        "id": _staged("a random key"),
        "jobcenter": _staged("which office's answers are counted together"),
        "audience": _staged("which answers are counted together"),
        "sealed": _staged(
            "what was answered, and a mark by which answers of too few people are held back; only the key opens it"
        ),
    },
    "StoredAnswer": {
        "id": _stored("a random key"),
        "jobcenter": _stored("whose figures it counts for"),
        "audience": _stored("whether clients or staff were asked"),
        "quarter": _stored("in which quarter it was counted"),
        "acceptance": _stored("how people like talks by video"),
        "ease": _stored("how easy they are"),
        "recommend": _stored("whether people would recommend them"),
        "again": _stored("whether the next talk may be by video"),
    },
}
