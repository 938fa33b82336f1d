"""What an import's states, problems and cells are called, and what to do about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nahbar.people.import_fields import COLUMNS, Wrong
from nahbar.people.import_files import Problem
from nahbar.people.rules import ImportState, RowFate


@dataclass(frozen=True)
class Chip:
    """A state as icon, word and tint."""

    text: Promise
    icon: str
    tone: str


CHIPS: dict[ImportState, Chip] = {
    ImportState.READING: Chip(_("Wird gelesen"), "hourglass_top", "info"),
    ImportState.FAILED: Chip(_("Nicht übernommen"), "error", "bad"),
    ImportState.READ: Chip(_("Noch nicht übernommen"), "pending", "warn"),
    ImportState.APPLYING: Chip(_("Wird übernommen"), "hourglass_top", "info"),
    ImportState.APPLIED: Chip(_("Übernommen"), "check", "ok"),
    ImportState.UNDOING: Chip(_("Wird zurückgenommen"), "hourglass_top", "info"),
    ImportState.UNDONE: Chip(_("Zurückgenommen"), "undo", "sunk"),
}

PROBLEMS: dict[Problem, Promise] = {
    Problem.EMPTY: _("In dieser Datei steht nichts. Nötig sind eine Zeile mit den Spaltennamen und Zeilen darunter."),
    Problem.TOO_BIG: _("Diese Datei ist größer als 20 MB. Bitte teilen Sie die Liste, oder lassen Sie Spalten weg."),
    Problem.TOO_MANY_ROWS: _("Diese Liste hat mehr als 50.000 Zeilen. Bitte teilen Sie sie."),
    Problem.TOO_MANY_COLUMNS: _("Diese Liste hat mehr als 500 Spalten. Bitte lassen Sie weg, was nicht nötig ist."),
    Problem.UNPACKS_TOO_BIG: _("Diese Excel-Datei ist ausgepackt zu groß. Bitte speichern Sie die Liste als CSV."),
    Problem.NOT_A_LIST: _("Das ist keine Liste als CSV oder XLSX. Bitte speichern Sie sie in einer dieser Formen."),
    Problem.OLD_EXCEL: _("Das ist eine Excel-Datei der alten Form (XLS). Bitte speichern Sie sie als XLSX oder CSV."),
    Problem.BROKEN: _("Diese Datei ist beschädigt. Bitte erzeugen Sie die Liste noch einmal."),
    Problem.ERASED: _(
        "Inzwischen wurde eine Person gelöscht, die in dieser Liste stehen kann, und die Liste mit ihr. "
        "Bitte laden Sie die Liste ohne diese Person noch einmal hoch."
    ),
}

_WRONG: dict[Wrong, Promise] = {
    Wrong.MISSING: _("fehlt. Für neue Personen ist das nötig."),
    Wrong.TOO_LONG: _("ist zu lang. Bitte kürzen."),
    Wrong.NO_DAY: _("ist kein mögliches Datum. Bitte wie 12.03.1980 schreiben."),
    Wrong.NO_NUMBER: _("hat mehr als 20 Zeichen oder unerwartete. Bitte prüfen."),
    Wrong.NO_NAME: _("enthält keinen Buchstaben. Bitte prüfen."),
    Wrong.NO_EMAIL: _("ist keine vollständige E-Mail-Adresse. Bitte prüfen oder leer lassen."),
    Wrong.NO_PHONE: _("ist keine Telefonnummer. Bitte nur Ziffern, Leerzeichen, +, / und -."),
    Wrong.UNKNOWN_TEAM: _("gibt es in diesem Jobcenter nicht. Bitte den Namen prüfen oder das Team anlegen."),
    Wrong.UNKNOWN_PLACE: _("steht nicht in der Liste der Orte. Das Feld bleibt, wie es ist."),
    Wrong.UNKNOWN_WORD: _("ist ein unbekanntes Wort. Bitte ändern oder leer lassen."),
    Wrong.FORMULA: _("ist eine Formel. Bitte in Excel als Wert einfügen."),
    Wrong.TWICE: _("steht mehrmals in der Liste. Bitte nur eine Zeile behalten."),
    Wrong.MERGED: _("gehört zu einer Akte, die mit einer anderen zusammengeführt wurde. Bitte deren Nummer nehmen."),
}

KEPT: dict[RowFate, Promise] = {
    RowFate.OVERTAKEN: _("Seit der Vorschau hat jemand diese Akte oder ihr Team geändert. Sie blieb, wie sie ist."),
    RowFate.KEPT_CHANGED: _(
        "Seit der Übernahme hat jemand diese Akte oder ihr früheres Team geändert. Sie blieb, wie sie ist."
    ),
    RowFate.KEPT_USED: _("An dieser Akte hängen schon Termine, Anrufe oder Einverständnisse. Sie blieb."),
}

_LABELS = {column.field: column.label for column in COLUMNS}


def wrong_words(field: str, wrong: str) -> str:
    """Which column, what is wrong, and what to do."""
    return f"{_LABELS[field]} {_WRONG[Wrong(wrong)]}"


def changed_words(fields: Collection[str]) -> str:
    """Which columns differ from the record. Not what stands there: whoever uploads lists need not know it."""
    return gettext("Geändert: %(columns)s") % {
        "columns": ", ".join(str(column.label) for column in COLUMNS if column.field in fields)
    }
