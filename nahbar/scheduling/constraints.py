"""Nobody and nothing in two places at once, refused by the database itself.

PostgreSQL has exclusion constraints. SQLite has triggers, but forgets them whenever Django
rebuilds a table, and one altered field is enough. So the constraint emits them itself: a table
that is built anew gets them anew. `check_guards` says when they are missing all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps import AppConfig, apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.operations import BtreeGistExtension
from django.core import checks
from django.db import IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Field, Func, Model, Q
from django.db.models.sql.query import Query

_VERBS: Final = ("insert", "update")


class _TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class NoOverlap(ExclusionConstraint):
    """Rows with the same `resource` never overlap in [start, end), among those that are `active`.

    Rows whose resource is NULL never conflict. The end is open: one may begin when another ends.
    Empty or reversed ranges are not this constraint's business: give the model a check for them.
    Give it an index on (resource, start) too, which the triggers use on SQLite.

    It holds at once, row by row: to swap two rows, delete and insert. `bulk_create` with
    `ignore_conflicts` drops the conflicting row silently on PostgreSQL and raises on SQLite.
    """

    def __init__(self, *, name: str, resource: str, start: str, end: str, active: Q | None = None) -> None:
        self.resource, self.start, self.end = resource, start, end
        super().__init__(
            name=name,
            expressions=[
                (resource, RangeOperators.EQUAL),
                (_TsTzRange(start, end, RangeBoundary()), RangeOperators.OVERLAPS),
            ],
            condition=active,
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, _, _ = super().deconstruct()
        kwargs = {"name": self.name, "resource": self.resource, "start": self.start, "end": self.end}
        return path, (), {**kwargs, "active": self.condition} if self.condition is not None else kwargs

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Part of CREATE TABLE on PostgreSQL; on SQLite triggers that follow the table.

        Deferred statements are renamed along when SQLite's "new__table" takes the old one's
        place, and dropped with the old one.
        """
        if schema_editor.connection.vendor != "sqlite":
            return super().constraint_sql(model, schema_editor)
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "sqlite":
            return super().create_sql(model, schema_editor)
        for trigger in self._triggers(model, schema_editor):
            schema_editor.execute(trigger, params=None)
        return None

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "sqlite":
            return super().remove_sql(model, schema_editor)
        for trigger in self._trigger_names():
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {schema_editor.quote_name(trigger)}")
        return None

    def check(self, model: type[Model], connection: BaseDatabaseWrapper) -> list[checks.CheckMessage]:
        """Supported on both databases, so there is nothing to warn of."""
        return []

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database: looking first is a race, and costs a query."""

    def missing_from(self, model: type[Model], connection: BaseDatabaseWrapper) -> list[str]:
        """The triggers, or the constraint, that the migrated table should have but has not."""
        table = model._meta.db_table
        if connection.vendor == "sqlite":
            wanted = self._trigger_names()
            sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        else:
            wanted = [self.name]
            table = connection.ops.quote_name(table)
            sql = "SELECT conname FROM pg_constraint WHERE contype = 'x' AND conrelid = %s::regclass"
        with connection.cursor() as cursor:
            cursor.execute(sql, [table])
            present = {name for (name,) in cursor.fetchall()}
        return [name for name in wanted if name not in present]

    def _trigger_names(self) -> list[str]:
        return [f"{self.name}_{verb}" for verb in _VERBS]

    def _triggers(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        return [self._trigger(verb, model, schema_editor) for verb in _VERBS]

    def _trigger(self, verb: str, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        """Refuses a row that overlaps a stored one; UPDATE looks only if a column of ours is written.

        Only columns in use are named, else dropping any other column would break the trigger.
        """
        quote = schema_editor.quote_name
        resource, start, end = (quote(_column(model, name)) for name in (self.resource, self.start, self.end))
        key = quote(_column(model, "pk"))
        condition = self._condition(model, schema_editor)
        involved = sorted({resource, start, end, *(quote(column) for column in self._columns(model))})
        event = "INSERT" if verb == "insert" else f"UPDATE OF {', '.join(involved)}"
        itself = "" if verb == "insert" else f" AND {key} <> OLD.{key}"
        # The condition speaks of bare columns: a one-row table of the new values answers it.
        new_row = ", ".join(f"NEW.{column} AS {column}" for column in involved)
        sql = (
            f"CREATE TRIGGER {quote(f'{self.name}_{verb}')} BEFORE {event} ON %(table)s"  # noqa: S608
            f" WHEN EXISTS (SELECT 1 FROM (SELECT {new_row}) WHERE {condition})"
            f" AND EXISTS (SELECT 1 FROM %(table)s WHERE {resource} = NEW.{resource}"
            f" AND {start} < NEW.{end} AND {end} > NEW.{start}{itself} AND {condition})"
            f" BEGIN SELECT RAISE(ABORT, 'EXCLUDE constraint failed: {self.name}'); END"
        )
        return Statement(sql, table=Table(model._meta.db_table, quote))

    def _columns(self, model: type[Model]) -> list[str]:
        fields = self.condition.referenced_base_fields if self.condition is not None else ()
        return [_column(model, name) for name in fields]

    def _condition(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        if self.condition is None:
            return "1"
        query = Query(model, alias_cols=False)
        compiler = query.get_compiler(connection=schema_editor.connection)
        sql, params = query.build_where(self.condition).as_sql(compiler, schema_editor.connection)
        literal: str = sql % tuple(schema_editor.quote_value(param) for param in params)
        # Doubled, because Statement formats its template once more.
        return literal.replace("%", "%%")


class BtreeGist(BtreeGistExtension):
    """The extension the exclusion constraints need; nothing on SQLite, backwards too."""

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


def violates(exc: IntegrityError, name: str) -> bool:
    """Whether the database refused because of the constraint of that name.

    Works for NoOverlap and check constraints on both databases. SQLite does not name unique
    constraints, only their columns: those are recognised on PostgreSQL alone.
    """
    diagnosis = getattr(exc.__cause__, "diag", None)
    if diagnosis is not None:
        return bool(diagnosis.constraint_name == name)
    return str(exc) in {f"{kind} constraint failed: {name}" for kind in ("EXCLUDE", "CHECK")}


def check_guards(
    app_configs: Iterable[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[checks.CheckMessage]:
    """System check: the migrated database really has the guard of every NoOverlap.

    Looks only at the databases it is given (`check --database default`, and `migrate`), and only
    at tables that exist already.
    """
    return [
        _absent(model, constraint, name, alias)
        for alias in databases or ()
        for model, constraint in _guarded(app_configs, alias)
        for name in constraint.missing_from(model, connections[alias])
    ]


def _guarded(app_configs: Iterable[AppConfig] | None, alias: str) -> list[tuple[type[Model], NoOverlap]]:
    configs = apps.get_app_configs() if app_configs is None else app_configs
    tables = set(connections[alias].introspection.table_names())
    return [
        (model, constraint)
        for config in configs
        for model in config.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, NoOverlap) and model._meta.db_table in tables
    ]


def _absent(model: type[Model], constraint: NoOverlap, name: str, alias: str) -> checks.Error:
    return checks.Error(
        f"The database does not guard {model._meta.label} against overlaps: {name} is missing.",
        hint=f"On database {alias!r}, remove and add the constraint {constraint.name} in a migration.",
        obj=model,
        id="scheduling.E001",
    )


def _column(model: type[Model], name: str) -> str:
    field: Field[Any, Any] | None = model._meta.pk if name == "pk" else None
    return str((field or model._meta.get_field(name)).column)  # type: ignore[union-attr]
