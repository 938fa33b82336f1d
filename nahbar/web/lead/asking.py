"""Which figures an address asks for, and the report of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nahbar.jobcenters.models import JobCenter
from nahbar.reporting import queries
from nahbar.reporting.figures import Figures, TeamChoice, WhyHidden
from nahbar.surveys.figures import Audience
from nahbar.surveys.queries import published_blocks
from nahbar.web.lead import periods
from nahbar.web.lead.appointment_sections import appointment_sections, cards
from nahbar.web.lead.contact_sections import contact_sections
from nahbar.web.lead.periods import CannotRead, Period, asked_period, month_of, usual
from nahbar.web.lead.standing import as_of, standing_of
from nahbar.web.lead.survey_sections import survey_section
from nahbar.web.lead.tables import Report, Section

CANNOT: dict[str, Any] = {
    periods.NOT_A_PERIOD: gettext_lazy("Diesen Zeitraum gibt es nicht. Bitte wählen Sie einen aus der Liste."),
    periods.REVERSED: gettext_lazy("Dieser Zeitraum endet, bevor er beginnt. Bitte wählen Sie ein späteres Ende."),
    periods.FUTURE: gettext_lazy("Dieser Zeitraum liegt in der Zukunft. Dafür gibt es noch keine Zahlen."),
    periods.TOO_LONG: gettext_lazy("Mehr als drei Jahre zeigt diese Seite nicht. Bitte wählen Sie weniger Monate."),
    periods.TOO_EARLY: gettext_lazy("Für diesen Zeitraum gibt es keine Zahlen: Er liegt vor dem ersten Termin."),
}
INSTEAD = gettext_lazy("Sie sehen stattdessen %(period)s.")
# One text for both: which of them is small would tell who of it held no talk.
_SMALL_OR_TOGETHER = gettext_lazy("zu wenige Fachkräfte, oder ein kleines Team ließe sich sonst ausrechnen")
WHY: dict[WhyHidden | None, Any] = {
    WhyHidden.OPEN: gettext_lazy("erst, wenn alle Monate festgeschrieben sind"),
    WhyHidden.SMALL: _SMALL_OR_TOGETHER,
    WhyHidden.TOGETHER: _SMALL_OR_TOGETHER,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown: the months, the team if one was chosen, and what could not be shown as asked."""

    period: Period
    team: TeamChoice | None
    teams: list[TeamChoice]
    months: list[dt.date]
    problems: tuple[str, ...]
    # This month: nothing is known of later ones.
    latest: dt.date

    @property
    def shown(self) -> Period:
        """Without months to come."""
        return self.period.until(self.latest)

    def query_for(self, period: Period) -> dict[str, str]:
        """The fields of an address that shows another period of the same team."""
        return period.query | ({"team": str(self.team.team_id)} if self.team else {})


def ask(*, jobcenter: JobCenter, query: Mapping[str, str], today: dt.date) -> Asked:
    """What an address asks for. What cannot be shown is said, and something sensible is shown instead."""
    months = [one.month for one in queries.months(jobcenter)]
    problems = []
    try:
        period = asked_period(query, earliest=months[0] if months else None, today=today)
    except CannotRead as refused:
        period = usual(today=today)
        problems.append(f"{CANNOT[refused.reason]} {INSTEAD % {'period': period.title}}")
    shown = period.until(month_of(today))
    teams = queries.team_choices(jobcenter=jobcenter, first=shown.first, last=shown.last)
    team, problem = _team(query.get("team", "").strip(), teams)
    return Asked(period, team, teams, months, (*problems, *problem), month_of(today))


def _team(text: str, teams: list[TeamChoice]) -> tuple[TeamChoice | None, list[str]]:
    if not text:
        return None, []
    team = next((one for one in teams if str(one.team_id) == text), None)
    if team is None:
        return None, [_("Dieses Team gibt es hier nicht. Sie sehen das ganze Jobcenter.")]
    if team.is_hidden:
        words = _("Team „%(team)s“ wird in diesem Zeitraum nicht gezeigt: %(why)s. Sie sehen das ganze Jobcenter.")
        return None, [words % {"team": team.name, "why": why_hidden(team)}]
    return team, []


def why_hidden(team: TeamChoice) -> str:
    """Why a team is no filter in this period; empty where it is one."""
    return str(WHY.get(team.why_hidden, ""))


def report_of(*, jobcenter: JobCenter, asked: Asked) -> Report:
    """Everything that is shown; without a section where there is nothing at all."""
    months, team = asked.shown, asked.team
    figures = queries.figures(
        jobcenter=jobcenter, first=months.first, last=months.last, team=team.team_id if team else None
    )
    sections = _sections(jobcenter, asked, figures)
    return Report(
        office=jobcenter.name,
        period=asked.period.title,
        team=team.name if team else _("ganzes Jobcenter"),
        standing=standing_of(figures.months),
        as_of=as_of(figures.months),
        definitions=", ".join(str(number) for number in figures.definitions),
        cards=cards(figures) if sections else (),
        sections=tuple(sections),
    )


def _sections(jobcenter: JobCenter, asked: Asked, figures: Figures) -> list[Section]:
    # A survey knows no team, so that nobody can look for one colleague in it.
    surveys = [] if asked.team else _surveys(jobcenter, asked.shown)
    told = any(survey.aside for survey in surveys)
    if not (figures.total.planned or figures.contacts.total or told):
        return []
    return [*appointment_sections(figures), *contact_sections(figures), *surveys]


def _surveys(jobcenter: JobCenter, period: Period) -> list[Section]:
    return [
        survey_section(
            audience=audience, blocks=published_blocks(jobcenter=jobcenter, audience=audience), period=period
        )
        for audience in Audience
    ]
