"""What a change of the set-up does to others, in numbers; empty where it does nothing to anybody."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nahbar.jobcenters.rules import Mode


def _counted(text: str, count: int, **more: object) -> str:
    return text % {"n": count, **more} if count else ""


def old_number(count: int) -> str:
    """Invitations that went out with the number that is replaced."""
    text = ngettext(
        "%(n)s Termin steht bevor. Die Einladung dazu nennt noch die bisherige Nummer: Halten Sie sie so lange frei.",
        "%(n)s Termine stehen bevor. Die Einladungen dazu nennen noch die bisherige Nummer: "
        "Halten Sie sie so lange frei.",
        count,
    )
    return _counted(text, count)


def new_address(count: int) -> str:
    """Who is to come to a house and now has to come elsewhere."""
    text = ngettext(
        "%(n)s Termin vor Ort steht bevor. Die Seite der Person zeigt gleich die neue Adresse; eine neue E-Mail "
        "bekommt sie nicht. Bitte sagen Sie ihr Bescheid.",
        "%(n)s Termine vor Ort stehen bevor. Die Seiten der Personen zeigen gleich die neue Adresse; neue E-Mails "
        "bekommen sie nicht. Bitte sagen Sie ihnen Bescheid.",
        count,
    )
    return _counted(text, count)


def on_closed_days(count: int) -> str:
    """What is booked on days that become closed ones."""
    text = ngettext(
        "%(n)s Termin liegt dann auf einem Tag, an dem geschlossen ist. Er bleibt, bis jemand ihn verschiebt.",
        "%(n)s Termine liegen dann auf einem Tag, an dem geschlossen ist. Sie bleiben, bis jemand sie verschiebt.",
        count,
    )
    return _counted(text, count)


def outside_hours(count: int) -> str:
    """What is booked at times that are no opening hours any more."""
    text = ngettext(
        "%(n)s Termin liegt dann außerhalb der Öffnungszeiten. Er bleibt, bis jemand ihn verschiebt.",
        "%(n)s Termine liegen dann außerhalb der Öffnungszeiten. Sie bleiben, bis jemand sie verschiebt.",
        count,
    )
    return _counted(text, count)


def mode_forbidden(mode: Mode, count: int) -> str:
    """What is planned in a mode that the topic allows no longer."""
    text = ngettext(
        "%(mode)s: %(n)s Termin ist so vereinbart. Er bleibt so, wird aber nicht mehr neu so gebucht.",
        "%(mode)s: %(n)s Termine sind so vereinbart. Sie bleiben so, werden aber nicht mehr neu so gebucht.",
        count,
    )
    return _counted(text, count, mode=mode.label)


def old_buffer(count: int) -> str:
    """Channels that are held with the buffer that is replaced."""
    text = ngettext(
        "%(n)s Videogespräch behält den bisherigen Puffer, solange es niemand verschiebt.",
        "%(n)s Videogespräche behalten den bisherigen Puffer, solange sie niemand verschiebt.",
        count,
    )
    return _counted(text, count)


def waiting_room(count: int, *, minutes: int) -> str:
    """Talks whose waiting room opens at another time now."""
    text = ngettext(
        "Bei %(n)s Videogespräch öffnet der Warteraum jetzt %(minutes)s Minuten vorher.",
        "Bei %(n)s Videogesprächen öffnet der Warteraum jetzt %(minutes)s Minuten vorher.",
        count,
    )
    return _counted(text, count, minutes=minutes)


def deputies(count: int, *, minutes: int) -> str:
    """Deputies who are told at another time now."""
    text = ngettext(
        "%(n)s Vertretung läuft gerade. Sie erfährt jetzt nach %(minutes)s Minuten, dass jemand wartet.",
        "%(n)s Vertretungen laufen gerade. Sie erfahren jetzt nach %(minutes)s Minuten, dass jemand wartet.",
        count,
    )
    return _counted(text, count, minutes=minutes)


def other_notice(count: int) -> str:
    """What was called off and counts otherwise now."""
    text = ngettext(
        "%(n)s frühere Absage wechselt zwischen rechtzeitig und kurzfristig.",
        "%(n)s frühere Absagen wechseln zwischen rechtzeitig und kurzfristig.",
        count,
    )
    return _counted(text, count)


def other_proof(count: int, *, asks: str) -> str:
    """Who is asked something else when they open their link."""
    text = ngettext(
        "%(n)s Termin steht bevor. Wer den Link noch nicht geöffnet hat, wird jetzt danach gefragt: %(asks)s.",
        "%(n)s Termine stehen bevor. Wer den Link noch nicht geöffnet hat, wird jetzt danach gefragt: %(asks)s.",
        count,
    )
    return _counted(text, count, asks=asks)


def short_numbers(count: int) -> str:
    """Whose customer number proves nothing."""
    text = ngettext(
        "%(n)s Person hat eine Kundennummer mit weniger als vier Zeichen. Sie wird weiter nach dem Geburtstag gefragt.",
        "%(n)s Personen haben eine Kundennummer mit weniger als vier Zeichen. Sie werden weiter nach dem Geburtstag "
        "gefragt.",
        count,
    )
    return _counted(text, count)


def no_plain_german(count: int) -> str:
    """Who was written to in plain German."""
    text = ngettext(
        "%(n)s Person bekommt ihre E-Mails bisher in Einfacher Sprache. Sie bekommt sie dann auf Deutsch.",
        "%(n)s Personen bekommen ihre E-Mails bisher in Einfacher Sprache. Sie bekommen sie dann auf Deutsch.",
        count,
    )
    return _counted(text, count)


def sent_already(count: int) -> str:
    """What has gone out with other names in it."""
    text = ngettext(
        "%(n)s Termin steht bevor. Was dazu verschickt ist, bleibt; Neues richtet sich nach der neuen Regel.",
        "%(n)s Termine stehen bevor. Was dazu verschickt ist, bleibt; Neues richtet sich nach der neuen Regel.",
        count,
    )
    return _counted(text, count)


def deputy_is_away(who: str) -> str:
    """The deputy has an absence in that time."""
    return _("%(who)s ist in dieser Zeit selbst abwesend, ganz oder an einzelnen Tagen.") % {"who": who}


def stands_in_too(who: str, *, whom: str) -> str:
    """Somebody else stands in for the same person, or for the deputy."""
    return _("%(who)s vertritt in dieser Zeit auch %(whom)s.") % {"who": who, "whom": whom}


def contacts_renamed(count: int) -> str:
    """Contacts that are called otherwise afterwards."""
    text = ngettext(
        "%(n)s Kontakt ist von dieser Art. Er heißt danach auch so.",
        "%(n)s Kontakte sind von dieser Art. Sie heißen danach auch so.",
        count,
    )
    return _counted(text, count)


def contacts_counted(count: int, *, counts: bool) -> str:
    """Contacts that count for the contact density, or do so no longer."""
    if counts:
        text = ngettext(
            "%(n)s Kontakt dieser Art zählt dann zur Kontaktdichte. Monate, deren Zahlen feststehen, bleiben so.",
            "%(n)s Kontakte dieser Art zählen dann zur Kontaktdichte. Monate, deren Zahlen feststehen, bleiben so.",
            count,
        )
    else:
        text = ngettext(
            "%(n)s Kontakt dieser Art zählt dann nicht mehr zur Kontaktdichte. In der Liste der Kontakte bleibt er. "
            "Monate, deren Zahlen feststehen, bleiben so.",
            "%(n)s Kontakte dieser Art zählen dann nicht mehr zur Kontaktdichte. In der Liste der Kontakte bleiben "
            "sie. Monate, deren Zahlen feststehen, bleiben so.",
            count,
        )
    return _counted(text, count)


def place_renamed(count: int) -> str:
    """In whose records another name stands then."""
    text = ngettext("In %(n)s Akte steht dann der neue Name.", "In %(n)s Akten steht dann der neue Name.", count)
    return _counted(text, count)


def other_distance(count: int, *, old: int, new: int) -> str:
    """For whom another distance counts."""
    text = ngettext(
        "%(n)s Person wohnt dort. Ihre Videogespräche zählen dann %(new)s statt %(old)s Kilometer je Weg. Gespräche, "
        "deren Ergebnis schon eingetragen ist, bleiben, wie sie sind.",
        "%(n)s Personen wohnen dort. Ihre Videogespräche zählen dann %(new)s statt %(old)s Kilometer je Weg. "
        "Gespräche, deren Ergebnis schon eingetragen ist, bleiben, wie sie sind.",
        count,
    )
    return _counted(text, count, old=old, new=new)


def listed_places(*, new: int, changed: int, lives: int, returned: int) -> list[str]:
    """What a list of places does, and to how many people who live where the kilometres change."""
    told = [
        _counted(ngettext("%(n)s Ort kommt dazu.", "%(n)s Orte kommen dazu.", new), new),
        _counted(
            ngettext("%(n)s Ort bekommt andere Kilometer.", "%(n)s Orte bekommen andere Kilometer.", changed), changed
        ),
        _counted(
            ngettext(
                "%(n)s Person wohnt an einem Ort mit anderen Kilometern. Sie gelten für Gespräche, deren Ergebnis von "
                "jetzt an eingetragen wird.",
                "%(n)s Personen wohnen an Orten mit anderen Kilometern. Sie gelten für Gespräche, deren Ergebnis von "
                "jetzt an eingetragen wird.",
                lives,
            ),
            lives,
        ),
        _counted(
            ngettext("%(n)s Ort steht wieder zur Wahl.", "%(n)s Orte stehen wieder zur Wahl.", returned), returned
        ),
    ]
    return [text for text in told if text]
