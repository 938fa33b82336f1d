"""The figures' page: contacts, lengths, ways spared, and how far people come with video; no database."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nahbar.reporting.figures import ContactFigures, ContactRow, Figures, Funnel, LengthRow, TravelFigures
from nahbar.web.lead.appointment_sections import plain_bar
from nahbar.web.lead.tables import (
    NOTHING,
    Bar,
    Cell,
    Chart,
    Kind,
    Looks,
    Panel,
    Row,
    Section,
    Table,
    count,
    mark_at,
    mean,
    part,
    pieces_of,
    share,
    words,
    written,
)

ALONE_OR_NOT: Looks = {"held": gettext_lazy("ohne Dritte"), "cancelled": gettext_lazy("mit Dritten")}


def contact_sections(figures: Figures) -> list[Section]:
    """Contacts, lengths, travel, funnel."""
    return [
        _contacts(figures.contacts),
        _lengths(figures.lengths),
        _travel(figures.travel),
        _funnel(figures.funnel),
    ]


# --- contacts ------------------------------------------------------------------------------------


def _contacts(contacts: ContactFigures) -> Section:
    third = sum(row.with_third_party for row in contacts.rows)
    rows = (
        *(_contact_row(row) for row in contacts.rows),
        Row(_("Alle"), (*_contact_counts(contacts.total, third), words(NOTHING_SAID)), is_total=True),
    )
    columns = (_("Art"), _("Kontakte"), _("Ohne Dritte"), _("Mit Dritten"), _("Zählt für die Kontakt\u00addichte"))
    bars = tuple(_contact_bar(row, full=contacts.total) for row in rows)
    legend = tuple((look, str(word)) for look, word in ALONE_OR_NOT.items())
    panel = Panel("", _contacts_sentence(contacts, third), Table(columns, rows), Chart(bars, legend))
    return Section(
        key="kontakte",
        title=_("Kontakte und Kontaktdichte"),
        panels=(panel, _density(contacts)),
        counted=HOW_CONTACTS,
    )


# The sum needs no word of its own there.
NOTHING_SAID = ""


def _contact_row(row: ContactRow) -> Row:
    counted = _("ja") if row.counts else _("nein")
    return Row(str(row.label), (*_contact_counts(row.count, row.with_third_party), words(counted)))


def _contact_counts(all_of_them: int, third: int) -> tuple[Cell, ...]:
    return count(all_of_them), count(all_of_them - third), count(third)


def _contact_bar(row: Row, *, full: int) -> Bar:
    named = [(look, word, cell) for (look, word), cell in zip(ALONE_OR_NOT.items(), row.cells[1:3], strict=True)]
    return Bar(row.label, pieces_of(named, full=full), row.cells[0].text, is_total=row.is_total)


def _contacts_sentence(contacts: ContactFigures, third: int) -> str:
    if contacts.total == 0:
        return _("In diesem Zeitraum gab es keine Kontakte.")
    said = ngettext("Es gab %(n)s Kontakt", "Es gab %(n)s Kontakte", contacts.total)
    said %= {"n": written(contacts.total, Kind.COUNT)}
    return _("%(said)s, davon %(third)s mit Dritten.") % {"said": said, "third": written(third, Kind.COUNT)}


def _density(contacts: ContactFigures) -> Panel:
    cells = count(contacts.counted), count(contacts.person_months), mean(contacts.density)
    row = Row(_("Zusammen"), cells)
    columns = (
        _("Zeitraum"),
        _("Gezählte Kontakte"),
        _("Personen, je Monat zusammen\u00adgezählt"),
        _("Kontakt\u00addichte"),
    )
    # Beside one contact a person and month: more or less than that is what people ask.
    full = max(2.0, cells[2].number)
    sentence = _("Je Person und Monat waren es %(n)s Kontakte.") % {"n": cells[2].text}
    if contacts.density is None:
        sentence = _("Eine Kontaktdichte gibt es nicht: In diesem Zeitraum war keine Akte offen.")
    bar = plain_bar(row, cells[2], _("Kontaktdichte"), full=full)
    return Panel(_("Kontaktdichte"), sentence, Table(columns, (row,)), Chart((bar,)))


HOW_CONTACTS = (
    gettext_lazy(
        "Ein Kontakt zählt einmal, auch wenn mehrere dabei waren. Gespräche trägt Nahbar selbst ein, andere Kontakte "
        "die Fachkraft. „Mit Dritten“ ist ein Merkmal und keine eigene Art."
    ),
    gettext_lazy(
        "Die Kontaktdichte ist die Zahl der Kontakte, die dafür zählen, geteilt durch die Zahl der Personen. Die "
        "Personen sind alle, deren Akte am Ende des Monats da war; über mehrere Monate werden sie zusammengezählt."
    ),
)


# --- lengths -------------------------------------------------------------------------------------


def _lengths(lengths: list[LengthRow]) -> Section:
    rows = tuple(
        Row(str(one.mode.label), (count(one.held), mean(one.planned_minutes), mean(one.minutes)), mode=one.mode)
        for one in lengths
    )
    columns = (_("Art"), _("Gehalten"), _("Geplant, Minuten"), _("Wirklich, Minuten"))
    full = max((cell.number for row in rows for cell in row.cells[1:]), default=0) * 1.1
    chart = Chart(tuple(_length_bar(row, full) for row in rows), (("held", _("wirklich")),), mark_word=_("geplant"))
    return Section(
        key="dauer",
        title=_("Wie lange Gespräche dauerten"),
        panels=(Panel("", _lengths_sentence(rows), Table(columns, rows), chart),),
        counted=HOW_LENGTHS,
    )


def _length_bar(row: Row, full: float) -> Bar:
    _held, planned, real = row.cells
    pieces = pieces_of([("held", _("wirklich"), real)], full=full)
    return Bar(row.label, pieces, real.text, mark=mark_at(_("geplant"), planned, full=full))


def _lengths_sentence(rows: tuple[Row, ...]) -> str:
    known = [row for row in rows if not row.cells[2].is_nothing]
    if not known:
        return _("In diesem Zeitraum fand kein Gespräch statt.")
    one = _("%(mode)s %(real)s Minuten, geplant %(planned)s")
    listed = [one % {"mode": row.label, "real": row.cells[2].text, "planned": row.cells[1].text} for row in known]
    return _("So lange dauerte ein Gespräch im Mittel: %(list)s.") % {"list": "; ".join(listed)}


HOW_LENGTHS = (
    gettext_lazy(
        "Das Mittel der Termine, die stattfanden. Geplant ist die gebuchte Länge, wirklich sind es die Minuten, die "
        "beim Kontakt stehen."
    ),
)


# --- ways spared ---------------------------------------------------------------------------------


def _travel(travel: TravelFigures) -> Section:
    unknown = travel.trips_of_unknown_length
    rows = (
        Row(_("Strecke bekannt"), (count(travel.trips - unknown), count(travel.km))),
        Row(_("Strecke nicht bekannt"), (count(unknown), words(_("nicht bekannt") if unknown else NOTHING))),
        Row(_("Alle"), (count(travel.trips), words(_km_at_least(travel))), is_total=True),
    )
    looks = ("held", "unknown", "held")
    bars = tuple(
        plain_bar(row, row.cells[0], _("Fahrten"), full=travel.trips, look=look)
        for row, look in zip(rows, looks, strict=True)
    )
    columns = (_("Hin und zurück"), _("Fahrten"), _("Kilometer"))
    return Section(
        key="wege",
        title=_("Gesparte Wege"),
        panels=(Panel("", _travel_sentence(travel), Table(columns, rows), Chart(bars)),),
        counted=HOW_TRAVEL,
    )


def _km_at_least(travel: TravelFigures) -> str:
    km = written(travel.km, Kind.COUNT)
    return _("mindestens %(km)s") % {"km": km} if travel.trips_of_unknown_length else km


def _travel_sentence(travel: TravelFigures) -> str:
    if travel.trips == 0:
        return _("In diesem Zeitraum hat kein Gespräch per Video einen Weg gespart.")
    said = ngettext(
        "Gespräche per Video haben %(n)s Fahrt gespart",
        "Gespräche per Video haben %(n)s Fahrten gespart",
        travel.trips,
    ) % {"n": written(travel.trips, Kind.COUNT)}
    return f"{said}{_how_far(travel)}"


def _how_far(travel: TravelFigures) -> str:
    unknown = travel.trips_of_unknown_length
    if unknown == travel.trips:
        words = ngettext(
            ". Wie weit sie gewesen wäre, ist nicht bekannt.",
            ". Wie weit sie gewesen wären, ist nicht bekannt.",
            unknown,
        )
        return str(words)
    km = _(", zusammen %(km)s Kilometer.") % {"km": _km_at_least(travel)}
    if not unknown:
        return km
    more = ngettext(
        "Bei %(n)s Fahrt ist die Strecke nicht bekannt.", "Bei %(n)s Fahrten ist die Strecke nicht bekannt.", unknown
    )
    return f"{km} {more % {'n': written(unknown, Kind.COUNT)}}"


HOW_TRAVEL = (
    gettext_lazy(
        "Eine Fahrt ist der Weg zum Jobcenter und zurück, den ein Gespräch per Video erspart hat. Die Kilometer stehen "
        "in der Ortsliste Ihres Jobcenters. Wo der Wohnort nicht eingetragen ist, zählt die Fahrt, aber kein Kilometer."
    ),
)


# --- how far people come with video --------------------------------------------------------------


def _funnel(funnel: Funnel) -> Section:
    steps = (
        (_("Video angeboten"), funnel.offered),
        (_("Video gewählt"), funnel.chosen),
        (_("Vorbereitet"), funnel.prepared),
        (_("Per Video gesprochen"), funnel.tried),
        (_("Wieder per Video"), funnel.again),
    )
    before = (None, *(number for _label, number in steps[:-1]))
    rows = tuple(
        Row(label, (count(number), words(NOTHING) if whole is None else share(part(number, whole))))
        for (label, number), whole in zip(steps, before, strict=True)
    )
    bars = tuple(plain_bar(row, row.cells[0], _("Personen"), full=funnel.offered) for row in rows)
    columns = (_("Schritt"), _("Personen"), _("Vom Schritt davor"))
    return Section(
        key="weg",
        title=_("Vom Angebot zum Gespräch per Video"),
        panels=(Panel("", _funnel_sentence(funnel), Table(columns, rows), Chart(bars)),),
        counted=HOW_FUNNEL,
    )


def _funnel_sentence(funnel: Funnel) -> str:
    if funnel.offered == 0:
        return _("In diesem Zeitraum wurde niemandem Video angeboten.")
    said = ngettext("Video wurde %(n)s Person angeboten", "Video wurde %(n)s Personen angeboten", funnel.offered)
    words = _("%(said)s. Gewählt: %(chosen)s, gesprochen: %(tried)s, davon nicht zum ersten Mal: %(again)s.")
    return words % {
        "said": said % {"n": written(funnel.offered, Kind.COUNT)},
        "chosen": written(funnel.chosen, Kind.COUNT),
        "tried": written(funnel.tried, Kind.COUNT),
        "again": written(funnel.again, Kind.COUNT),
    }


HOW_FUNNEL = (
    gettext_lazy(
        "Gezählt werden Personen, in jedem Monat einmal. Jeder Schritt ist ein Teil des Schritts davor: Video "
        "angeboten, einen Videotermin gehabt, Gerät vorbereitet, per Video gesprochen, nicht zum ersten Mal. Wer nicht "
        "weiterging und warum, steht hier nicht."
    ),
    gettext_lazy(
        "Dieser Abschnitt steht mit dem Monat fest: Was später berichtigt wird, ändert ihn nicht. Danach kann er von "
        "den Terminen weiter oben abweichen."
    ),
)
