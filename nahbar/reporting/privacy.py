"""What each field is for and how long it stays. Nothing here is about a person: counts and sums only."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _figure(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.TECHNICAL, purpose, Period.FOR_GOOD)


_WHERE = {
    "month": _figure("of which month and office"),
    "team": _figure("of which team"),
}
_CORRECTED = {**_WHERE, "is_correction": _figure("keeps frozen figures apart from what was corrected later")}

FIELDS: Fields = {
    "FiguresMonth": {
        "jobcenter": _figure("whose figures they are"),
        "month": _figure("of which month"),
        "definitions": _figure("what was counted"),
        "built_at": _figure("how fresh they are"),
        "frozen_at": _figure("that they change no more"),
        "corrected_at": _figure("that something was corrected"),
    },
    "AppointmentCount": {
        **_CORRECTED,
        "mode": _figure("appointments by mode"),
        "topic": _figure("appointments by topic"),
        "outcome": _figure("appointments by outcome"),
        "count": _figure("how many"),
        "planned_minutes": _figure("planned length by mode"),
        "timed": _figure("of how many the length is known"),
        "minutes": _figure("length by mode"),
        "km": _figure("kilometres saved"),
        "unknown_km": _figure("of how many trips nobody knows the length"),
    },
    "ContactCount": {
        **_CORRECTED,
        "kind": _figure("contacts by kind"),
        "own_type": _figure("contacts by the office's own types"),
        "with_third_party": _figure("contacts with somebody else"),
        "counts": _figure("contact density"),
        "count": _figure("how many"),
    },
    "PeopleCount": {
        **_WHERE,
        "persons": _figure("contact density"),
        "offered": _figure("how many people were offered video"),
        "chosen": _figure("how many chose it"),
        "prepared": _figure("how many tried their device"),
        "tried": _figure("how many talked by video"),
        "again": _figure("how many came back"),
    },
    "ShownTopic": {
        "month": _figure("of which month and office"),
        "topic": _figure("that no topic is one colleague's"),
    },
    "TeamStanding": {
        "month": _figure("of which month and office"),
        "team": _figure("of which team"),
        "is_small": _figure("that no figure is one colleague's"),
        "is_hidden": _figure("that a small team cannot be worked out"),
    },
}
