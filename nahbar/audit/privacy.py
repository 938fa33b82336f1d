"""The privacy classes every room describes its fields with, and what reads them.

A room's `privacy.py` holds `FIELDS: {model name: {field name: Privacy}}`. A dotted name
("account.EmailAddress") adopts a model of a library. A field without an entry fails the suite.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps
from django.db.models import Model


class PrivacyClass(StrEnum):
    TECHNICAL = "technical, not about a person"
    CONTACT = "contact data"
    SOCIAL = "social data"
    COMMUNICATION = "communications"
    PRESENCE = "presence"
    CREDENTIAL = "credentials"
    LOG = "log"
    PSEUDONYMOUS = "pseudonymous: leads to a person with the server's key only"
    ANONYMOUS = "anonymous"


class Period(StrEnum):
    AS_FILE = "as long as the person's file"
    THREE_MONTHS = "three months"
    FOURTEEN_DAYS = "fourteen days"
    FOURTEEN_DAYS_AFTER_FATE = "fourteen days after the message's fate"
    AUDIT_PERIOD = "three years"
    OFFICE_SETTINGS = "as long as the office uses it"
    UNTIL_REPLACED = "until replaced"
    EMPLOYMENT = "as long as the account"
    DAYS = "a few days"
    SIX_WEEKS = "six weeks after the week of the talk"
    UNTIL_TEN = "until ten answers are together"
    # Of what is about nobody and needs no raw rows.
    FOR_GOOD = "for good"


@dataclass(frozen=True, slots=True)
class Privacy:
    klass: PrivacyClass
    purpose: str
    period: Period


Fields = dict[str, dict[str, Privacy]]


@dataclass(frozen=True, slots=True, order=True)
class Row:
    room: str
    model: str
    field: str
    privacy: Privacy | None


FIELDS: Fields = {
    "AuditEntry": {
        "at": Privacy(PrivacyClass.LOG, "when something was done", Period.AUDIT_PERIOD),
        "action": Privacy(PrivacyClass.LOG, "what was done", Period.AUDIT_PERIOD),
        "office": Privacy(PrivacyClass.LOG, "at which office", Period.AUDIT_PERIOD),
        "actor_kind": Privacy(PrivacyClass.LOG, "what kind of actor did it", Period.AUDIT_PERIOD),
        "actor_id": Privacy(PrivacyClass.LOG, "who did it, by id only", Period.AUDIT_PERIOD),
        "object_kind": Privacy(PrivacyClass.LOG, "what kind of thing it was about", Period.AUDIT_PERIOD),
        "object_id": Privacy(PrivacyClass.LOG, "which one it was about, by id only", Period.AUDIT_PERIOD),
        "detail": Privacy(PrivacyClass.LOG, "codes that explain it, never names", Period.AUDIT_PERIOD),
    },
    "RetentionRun": {
        "night": Privacy(PrivacyClass.LOG, "once a night", Period.AUDIT_PERIOD),
        "is_trial": Privacy(PrivacyClass.LOG, "whether it deleted or only counted", Period.AUDIT_PERIOD),
        "started_at": Privacy(PrivacyClass.LOG, "when it began", Period.AUDIT_PERIOD),
        "finished_at": Privacy(PrivacyClass.LOG, "whether it came to its end", Period.AUDIT_PERIOD),
        "claim": Privacy(PrivacyClass.TECHNICAL, "which clock carries it out", Period.AUDIT_PERIOD),
        "claimed_until": Privacy(PrivacyClass.TECHNICAL, "tells a dead clock", Period.AUDIT_PERIOD),
        "errors": Privacy(PrivacyClass.LOG, "which rules failed, by class of the fault", Period.AUDIT_PERIOD),
    },
    "RetentionEntry": {
        "run": Privacy(PrivacyClass.LOG, "in which run", Period.AUDIT_PERIOD),
        "rule": Privacy(PrivacyClass.LOG, "by which rule", Period.AUDIT_PERIOD),
        "office": Privacy(PrivacyClass.LOG, "of which office", Period.AUDIT_PERIOD),
        "count": Privacy(PrivacyClass.LOG, "how many were deleted", Period.AUDIT_PERIOD),
        "oldest_at": Privacy(PrivacyClass.LOG, "that nothing stayed longer", Period.AUDIT_PERIOD),
        "at": Privacy(PrivacyClass.LOG, "when", Period.AUDIT_PERIOD),
    },
}


def rooms() -> list[AppConfig]:
    return [config for config in apps.get_app_configs() if config.name.startswith("nahbar.")]


def describe(app_configs: Iterable[AppConfig]) -> list[Row]:
    """One row for each field and each entry of these rooms, in reading order."""
    rows = [row for config in app_configs for row in _room(config)]
    return sorted(rows, key=lambda row: row.room)


def missing(app_configs: Iterable[AppConfig]) -> list[str]:
    """Fields without an entry, and entries without a field or a model."""
    found = []
    for config in app_configs:
        fields = _declared(config)
        for name, model in _models(config, fields):
            known = set(_field_names(model)) if model else set()
            required = known - _automatic(model) if model else set()
            entries = set(fields.get(name, {}))
            found += [f"{config.label}.{name}.{field}: no entry" for field in required - entries]
            found += [f"{config.label}.{name}.{field}: no field" for field in entries - known]
    return sorted(found)


def _room(config: AppConfig) -> Iterator[Row]:
    fields = _declared(config)
    for name, model in _models(config, fields):
        if model is None:
            continue
        for field in _field_names(model):
            privacy = fields.get(name, {}).get(field)
            if privacy or field not in _automatic(model):
                yield Row(config.label, name, field, privacy)


def _declared(config: AppConfig) -> Fields:
    module = f"{config.name}.privacy"
    if find_spec(module) is None:
        return {}
    declared: Fields = getattr(import_module(module), "FIELDS", {})
    return declared


def _models(config: AppConfig, fields: Fields) -> Iterator[tuple[str, type[Model] | None]]:
    """The room's own models, then those it adopts; None where an entry names no model."""
    own = {model.__name__: model for model in config.get_models()}
    yield from own.items()
    for name in sorted(fields.keys() - own.keys()):
        yield name, _adopted(name)


def _adopted(name: str) -> type[Model] | None:
    try:
        return apps.get_model(name) if "." in name else None
    except LookupError:
        return None


def _field_names(model: type[Model]) -> list[str]:
    meta = model._meta
    return [field.name for field in (*meta.local_fields, *meta.local_many_to_many)]


def _automatic(model: type[Model]) -> set[str]:
    """Primary keys nobody wrote down: numbers without a meaning."""
    return {field.name for field in model._meta.local_fields if field.auto_created}
