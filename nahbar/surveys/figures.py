"""What the anonymous surveys said, as far as it may be told; no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# No group of fewer answers is shown, and no difference between two groups that are.
FEWEST = 10
# Nor do they come from fewer people: a client with ten talks, or one counsellor's ten months, would be ten answers too.
FEWEST_PERSONS = 3


class Audience(TextChoices):
    """Who is asked."""

    CLIENTS = "clients", _("Gesprächspartner")
    STAFF = "staff", _("Fachkräfte")


class Question(TextChoices):
    """What is asked; each question may be left out."""

    ACCEPTANCE = "acceptance", _("Zufrieden mit dem Gespräch per Video")
    EASE = "ease", _("Einfach zu benutzen")
    RECOMMEND = "recommend", _("Würde es empfehlen")
    # Only clients are asked.
    AGAIN = "again", _("Nächstes Gespräch per Video")


class Answer(TextChoices):
    """The closed answers to every question."""

    YES = "yes", _("ja")
    PARTLY = "partly", _("teils")
    NO = "no", _("nein")


@dataclass(frozen=True, slots=True)
class Block:
    """What was counted in one quarter ("2026Q4") of one office: never fewer than `FEWEST` answers.

    `counts` has, for each question, how many gave which answer; who left a question out is in none of them.
    """

    quarter: str
    answers: int
    counts: Mapping[Question, Mapping[Answer, int]]

    def without(self, question: Question) -> int:
        """How many left the question out."""
        return self.answers - sum(self.counts[question].values())
