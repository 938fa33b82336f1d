"""What uploaded lists hold about a person: the rows about them, and the file while nobody has decided about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nahbar.people.import_fields import COLUMNS
from nahbar.people.import_files import Problem, mentions
from nahbar.people.models import Client, ClientImport, FormerNumber, ImportRow
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain
from nahbar.people.rules import ImportState, RowFate

# Only then the file is still there, and may be read once more.
UNDECIDED = (ImportState.READING, ImportState.READ)
FATES: dict[str, Promise] = {
    RowFate.OPEN: _("nicht übernommen"),
    RowFate.APPLIED: _("übernommen"),
    RowFate.OVERTAKEN: _("nicht übernommen, die Akte war inzwischen anders"),
    RowFate.UNDONE: _("zurückgenommen"),
    RowFate.KEPT_CHANGED: _("übernommen und nicht zurückgenommen"),
    RowFate.KEPT_USED: _("übernommen und nicht zurückgenommen"),
}
# Office → customer numbers.
Numbers = Mapping[int, set[str]]


def _numbers(who: Who) -> Numbers:
    """The numbers these people have, and those they had before records were merged."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    present = Client.objects.filter(pk__in=who).values_list("jobcenter_id", "number")
    former = FormerNumber.objects.filter(client__in=who).values_list("jobcenter_id", "number")
    for office, number in [*present, *former]:
        found[office].add(number)
    return found


def _rows(who: Who, numbers: Numbers) -> QuerySet[ImportRow]:
    """By record and by number: a row that was not applied leads to no record."""
    theirs = Q(client__in=who)
    for office, named in numbers.items():
        theirs |= Q(parent__jobcenter=office, values__number__in=sorted(named))
    return ImportRow.objects.filter(theirs)


def _erase(who: Who) -> Erased:
    """The rows about them; and every file that may name them, with all its rows, unless it is applied already."""
    numbers = _numbers(who)
    rows = _rows(who, numbers)
    named = set(rows.values_list("parent_id", flat=True))
    refused = [pk for pk in _undecided(numbers) if pk in named or _names(pk, numbers)]
    erased = Erased(import_rows=rows.delete()[0], imports=len(refused))
    ImportRow.objects.filter(parent__in=refused).delete()
    values = {"state": ImportState.FAILED, "problem": Problem.ERASED.value, "content": b"", "header": []}
    ClientImport.objects.filter(pk__in=refused).update(**values)
    _erase_headers(numbers)
    return erased


def _undecided(numbers: Numbers) -> list[int]:
    waiting = ClientImport.objects.filter(jobcenter__in=numbers.keys(), state__in=UNDECIDED)
    return list(waiting.values_list("pk", flat=True))


def _names(pk: int, numbers: Numbers) -> bool:
    # One after the other: a file may be large.
    upload = ClientImport.objects.get(pk=pk)
    return mentions(bytes(upload.content), numbers[upload.jobcenter_id])


def _erase_headers(numbers: Numbers) -> None:
    """A list without names of columns was read with its first person for a header."""
    uploads = ClientImport.objects.filter(jobcenter__in=numbers.keys())
    headers = uploads.values_list("pk", "jobcenter_id", "header")
    named = [pk for pk, office, header in headers if numbers[office] & set(header)]
    ClientImport.objects.filter(pk__in=named).update(header=[])


def _export(client: Client) -> Table:
    rows = _rows([client.pk], _numbers([client.pk])).select_related("parent").order_by("parent__created_at", "position")
    teams = {team.pk: team.name for team in client.jobcenter.teams.all()}
    places = {place.pk: place.name for place in client.jobcenter.places.all()}

    def words(values: Mapping[str, Any]) -> str:
        linked = {"team": teams.get(values.get("team", 0), ""), "place": places.get(values.get("place") or 0, "")}
        said = {**values, **linked}
        return "; ".join(f"{column.label}: {said[column.field]}" for column in COLUMNS if said.get(column.field))

    columns = [
        Column("uploaded_at", _("Liste hochgeladen"), lambda row: row.parent.created_at),
        plain("position", _("Zeile")),
        chosen("outcome", _("Bedeutung")),
        Column("fate", _("Was daraus wurde"), lambda row: row.fate, lambda row: FATES[row.fate]),
        Column("values", _("Was dort steht"), lambda row: words(row.values)),
        Column("before", _("Was vorher in der Akte stand"), lambda row: words(row.before)),
    ]
    return Table(columns, list(rows))


LISTS = Keeper(
    name="import_rows",
    title=_("Zeilen in hochgeladenen Listen"),
    until=_("14 Tage"),
    models=frozenset({"people.ClientImport", "people.ImportRow"}),
    export=_export,
    erase=_erase,
)
