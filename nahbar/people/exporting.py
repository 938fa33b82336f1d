"""Everything that is kept about one person, for the person: the same for people (paper) and for programs (JSON)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nahbar.audit.models import AuditEntry
from nahbar.audit.operations import record
from nahbar.audit.rules import About, Action
from nahbar.people.action_words import done_in_words
from nahbar.people.models import Client
from nahbar.people.queries import Desk, names_of
from nahbar.people.rights import Column, Raw, Table, keepers, plain

# The shape of the JSON (docs/privacy/): raised when a reader would have to change.
FORMAT, VERSION = "nahbar-person", 1


@dataclass(frozen=True)
class Section:
    """One kind of thing that is kept."""

    name: str
    title: str | Promise
    until: str | Promise
    table: Table

    @property
    def labels(self) -> list[str]:
        """What each row says."""
        return [str(column.label) for column in self.table.columns]

    @property
    def cells(self) -> list[list[str]]:
        """The rows as people read them."""
        return [[column.shown(row) for column in self.table.columns] for row in self.table.rows]

    @property
    def pairs(self) -> list[list[tuple[str, str]]]:
        """The rows as lists of label and value, for few rows with many columns."""
        return [list(zip(self.labels, cells, strict=True)) for cells in self.cells]

    @property
    def data(self) -> dict[str, Any]:
        """The rows as programs read them."""
        columns = self.table.columns
        records: list[dict[str, Raw]] = [{one.key: one.raw(row) for one in columns} for row in self.table.rows]
        fields = {column.key: str(column.label) for column in columns}
        return {"name": self.name, "title": str(self.title), "kept": str(self.until), "fields": fields} | {
            "records": records
        }


@dataclass(frozen=True)
class Export:
    """What is handed over."""

    client: Client
    made_at: dt.datetime
    sections: list[Section]

    @property
    def data(self) -> dict[str, Any]:
        """As JSON, with the shape's name and version."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "made_at": self.made_at.isoformat(),
            "office": self.client.jobcenter.name,
            "sections": [section.data for section in self.sections],
        }


def kept_about(*, client: Client, now: dt.datetime) -> Export:
    """Everything that is kept about a person, the lines of the audit log last. Changes and records nothing."""
    sections = [Section(one.name, one.title, one.until, one.export(client)) for one in keepers()]
    log = Section("log", _("Wer was getan hat"), _("drei Jahre"), _log_of(client))
    return Export(client, now, [*sections, log])


def look_into(*, desk: Desk, client: Client, now: dt.datetime) -> None:
    """That somebody sees what is kept about a person is audited, however they came there.

    Skipped: whether the desk may; the page asked for an administrator.
    """
    about = About("client", str(client.public_id))
    record(action=Action.PERSON_FOUND, by=desk.actor, office=desk.jobcenter.slug, about=about, now=now)


def export_person(*, desk: Desk, client: Client, form: str, now: dt.datetime) -> Export:
    """As `kept_about`, for handing over in a `form`; audited.

    Skipped: whether the desk may; the page asked for an administrator.
    """
    export = kept_about(client=client, now=now)
    about = About("client", str(client.public_id))
    record(
        action=Action.EXPORTED, by=desk.actor, office=desk.jobcenter.slug, about=about, detail={"form": form}, now=now
    )
    return export


ACTORS: dict[str, Promise] = {
    "staff": _("Jobcenter"),
    "client": _("die Person selbst"),
    "system": _("automatisch"),
    "anonymous": _("jemand mit dem Link"),
}


def _log_of(client: Client) -> Table:
    """Lines about the person and their things; who of the staff, by name, and nobody else."""
    things: defaultdict[str, set[str]] = defaultdict(set)
    for about in (about for keeper in keepers() for about in keeper.about(client)):
        things[about.kind].add(about.id)
    ours = Q(pk__in=[])
    for kind, ids in things.items():
        ours |= Q(object_kind=kind, object_id__in=ids)
    rows = list(AuditEntry.objects.filter(ours).order_by("at", "pk"))
    names = names_of(row.actor_id for row in rows if row.actor_kind == "staff")
    columns = [
        plain("at", _("Wann")),
        Column("action", _("Was"), lambda row: row.action, lambda row: done_in_words(row.action)),
        Column("by", _("Wer"), lambda row: row.actor_kind, lambda row: ACTORS[row.actor_kind]),
        Column("name", _("Name"), lambda row: names.get(row.actor_id, "")),
    ]
    return Table(columns, rows)
