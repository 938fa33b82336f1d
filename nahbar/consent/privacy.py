"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _text(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.TECHNICAL, purpose, Period.OFFICE_SETTINGS)


def _proof(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.SOCIAL, purpose, Period.AS_FILE)


FIELDS: Fields = {
    "ConsentText": {
        "purpose": _text("what the text asks for"),
        "version": _text("which wording"),
        "language": _text("in which language"),
        "body": _text("the wording itself"),
        "sha256": _text("that the wording did not change"),
        "jobcenter": _text("which office wrote it, if not the product's"),
        "published_at": _text("since when it is asked with"),
    },
    "Consent": {
        "client": _proof("who agreed"),
        "purpose": _proof("to what"),
        "state": _proof("whether it holds"),
        "text": _proof("to which wording"),
        "text_sha256": _proof("to exactly which wording"),
        "language": _proof("in which language"),
        "route": _proof("how it reached the office"),
        "given_at": _proof("when"),
        "ended_at": _proof("until when"),
    },
}
