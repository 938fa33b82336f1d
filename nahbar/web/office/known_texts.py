"""The texts an office may write, and what is different between a legal page and a consent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nahbar.consent.models import ConsentText
from nahbar.consent.queries import consents_in_force, newest_german, texts_beside, texts_seen_in
from nahbar.consent.rules import Purpose
from nahbar.consent.wording import draft_name, publish_wording
from nahbar.jobcenters import legal
from nahbar.jobcenters.models import JobCenter, LegalText
from nahbar.jobcenters.rules import ADDRESSES, REQUIRED_PAGES, LegalPage
from nahbar.people.queries import Desk
from nahbar.people.rules import Language


@dataclass(frozen=True)
class Wording:
    """One version in all its languages; a shipped one is the product's."""

    version: int
    bodies: dict[str, str]
    since: dt.datetime | None
    is_shipped: bool = False


class KnownText(Protocol):
    """What the pages of the editor ask of a text."""

    @property
    def address(self) -> str: ...
    @property
    def title(self) -> str | Promise: ...
    @property
    def about(self) -> str | Promise: ...
    @property
    def draft(self) -> str: ...
    @property
    def is_required(self) -> bool: ...
    def in_force(self, office: JobCenter) -> Wording | None: ...
    def versions(self, office: JobCenter) -> list[Wording]: ...
    def to_begin_with(self, office: JobCenter) -> dict[str, str]: ...
    def effects(self, office: JobCenter) -> list[str]: ...
    def publish(self, desk: Desk, *, state: uuid.UUID, now: dt.datetime) -> int: ...


@dataclass(frozen=True)
class PageText:
    """A legal page."""

    kind: LegalPage
    about: str | Promise

    @property
    def address(self) -> str:
        return ADDRESSES[self.kind]

    @property
    def title(self) -> str | Promise:
        return self.kind.label

    @property
    def draft(self) -> str:
        return self.kind.value

    @property
    def is_required(self) -> bool:
        return self.kind in REQUIRED_PAGES

    def in_force(self, office: JobCenter) -> Wording | None:
        """What everybody reads now."""
        newest = legal.published(jobcenter=office, kind=self.kind)
        if newest is None:
            return None
        return _pages(legal.versions_of(jobcenter=office, kind=self.kind, version=newest.version))[0]

    def versions(self, office: JobCenter) -> list[Wording]:
        """Everything that was ever read, the newest first."""
        return _pages(legal.versions_of(jobcenter=office, kind=self.kind))

    def to_begin_with(self, office: JobCenter) -> dict[str, str]:
        """The product's proposal."""
        return {
            language.value: legal.brought_along(jobcenter=office, kind=self.kind, language=language.value)
            for language in Language
        }

    def effects(self, office: JobCenter) -> list[str]:
        """What happens to whom."""
        return [
            _("Ab sofort liest jede und jeder diesen Text auf den Seiten Ihres Jobcenters."),
            _("Die bisherige Fassung bleibt hier unter „Fassungen“ lesbar."),
        ]

    def publish(self, desk: Desk, *, state: uuid.UUID, now: dt.datetime) -> int:
        """The draft becomes the next version."""
        return legal.publish(jobcenter=desk.jobcenter, kind=self.kind, state=state, by=desk.actor, now=now)


def _pages(texts: Iterable[LegalText]) -> list[Wording]:
    return [_wording(list(group)) for _version, group in groupby(texts, key=lambda one: one.version)]


def _wording(texts: Sequence[LegalText | ConsentText], *, is_shipped: bool = False) -> Wording:
    """All languages of one version."""
    first = texts[0]
    return Wording(first.version, {one.language: one.body for one in texts}, first.published_at, is_shipped)


@dataclass(frozen=True)
class ConsentWording:
    """What people agree to: the product's text until an office publishes its own."""

    purpose: Purpose
    address: str
    title: str | Promise
    about: str | Promise
    is_required: bool = False

    @property
    def draft(self) -> str:
        return draft_name(self.purpose)

    def in_force(self, office: JobCenter) -> Wording | None:
        """What people are asked with now."""
        newest = newest_german(jobcenter=office, purpose=self.purpose)
        return _consents(texts_beside(newest).order_by("language"))[0] if newest else None

    def versions(self, office: JobCenter) -> list[Wording]:
        """Everything people were asked with, the office's own first."""
        return _consents(texts_seen_in(office, purpose=self.purpose))

    def to_begin_with(self, office: JobCenter) -> dict[str, str]:
        """What is asked with now."""
        found = self.in_force(office)
        return found.bodies if found else {}

    def effects(self, office: JobCenter) -> list[str]:
        """What happens to whom."""
        count = consents_in_force(jobcenter=office, purpose=self.purpose)
        kept = ngettext(
            "%(count)d Person hat zugestimmt. Das gilt weiter, zu dem Text, den sie gelesen hat.",
            "%(count)d Personen haben zugestimmt. Das gilt weiter, zu dem Text, den sie gelesen haben.",
            count,
        )
        return [
            kept % {"count": count},
            _("Wer ab jetzt gefragt wird, liest den neuen Text."),
            _("Wer den bisherigen Text gerade offen hat, bekommt den neuen, bevor ein Ja gilt."),
        ]

    def publish(self, desk: Desk, *, state: uuid.UUID, now: dt.datetime) -> int:
        """The draft becomes the office's next version."""
        return publish_wording(jobcenter=desk.jobcenter, purpose=self.purpose, state=state, by=desk.actor, now=now)


def _consents(texts: Iterable[ConsentText]) -> list[Wording]:
    versions = groupby(texts, key=lambda one: (one.jobcenter_id, one.version))
    return [_wording(list(group), is_shipped=office is None) for (office, _version), group in versions]


TEXTS: tuple[KnownText, ...] = (
    PageText(LegalPage.IMPRINT, gettext_lazy("Wer die Seite anbietet und wer verantwortlich ist.")),
    PageText(
        LegalPage.PRIVACY,
        gettext_lazy("Was gespeichert wird, sagt Nahbar selbst. Sie ergänzen Stelle, Kontakt, Recht und Aufsicht."),
    ),
    PageText(
        LegalPage.ACCESSIBILITY,
        gettext_lazy("Was geht, was nicht, und wohin man sich wendet. Ein Formular für Meldungen steht darunter."),
    ),
    PageText(
        LegalPage.PLAIN,
        gettext_lazy("Was die Seite bietet, in Einfacher Sprache. Ohne eigenen Text gilt der von Nahbar."),
    ),
    ConsentWording(
        Purpose.VIDEO_COUNSELLING,
        "einverstaendnis-video",
        gettext_lazy("Einverständnis zum Video"),
        gettext_lazy("Wozu Menschen Ja sagen. Ohne eigenen Text gilt der von Nahbar."),
    ),
)
