"""“Löschfristen”: how long files are kept, what the next night would delete, and what the last ones did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Min, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.audit import retention
from nahbar.audit.models import RetentionEntry, RetentionRun
from nahbar.audit.nightly import trial
from nahbar.audit.privacy import Period
from nahbar.jobcenters.rules import FILE_YEARS
from nahbar.people.operations import set_file_years
from nahbar.people.retention import files_over
from nahbar.web.shared.desks import DeskRequest, administrator_view

SHOWN_RUNS = 14
PERIODS = {
    Period.AS_FILE: gettext_lazy("so lange wie oben festgelegt"),
    Period.THREE_MONTHS: gettext_lazy("höchstens drei Monate"),
    Period.FOURTEEN_DAYS: gettext_lazy("14 Tage"),
    Period.FOURTEEN_DAYS_AFTER_FATE: gettext_lazy("14 Tage nach dem Versand"),
    Period.AUDIT_PERIOD: gettext_lazy("drei Jahre"),
    Period.DAYS: gettext_lazy("einige Tage"),
    Period.SIX_WEEKS: gettext_lazy("sechs Wochen nach der Woche des Gesprächs"),
}
LAWFUL = gettext_lazy(
    "Erlaubt sind %(least)s bis %(most)s Jahre. Kürzer geht nicht, weil dann noch Ansprüche offen sein können; "
    "länger geht nicht, weil die Daten dann nicht mehr gebraucht werden."
)


def _bounds() -> str:
    return str(LAWFUL) % {"least": FILE_YEARS[0], "most": FILE_YEARS[1]}


class PolicyForm(forms.Form):
    """The office's own period, within what the law allows."""

    years = forms.IntegerField(
        label=gettext_lazy("Jahre nach dem letzten Kontakt"),
        error_messages={
            "required": gettext_lazy("Bitte geben Sie an, wie viele Jahre Akten bleiben."),
            "invalid": gettext_lazy("Bitte geben Sie eine ganze Zahl an."),
        },
    )

    def clean_years(self) -> int:
        """Neither shorter nor longer than the law allows."""
        years: int = self.cleaned_data["years"]
        if not FILE_YEARS[0] <= years <= FILE_YEARS[1]:
            raise forms.ValidationError(_bounds())
        return years


@dataclass(frozen=True)
class Line:
    """What one rule did in a run, or would do."""

    what: str
    count: int
    oldest_at: Any


@dataclass(frozen=True)
class Shown:
    """A run as this office sees it: its own lines, and those that belong to no office."""

    run: RetentionRun
    lines: list[Line]

    @property
    def total(self) -> int:
        """All lines together."""
        return sum(line.count for line in self.lines)

    @property
    def is_broken_off(self) -> bool:
        """Whether it did not come to its end and nobody is at it any more."""
        until = self.run.claimed_until
        return self.run.finished_at is None and (until is None or until < timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_retention(request: DeskRequest) -> HttpResponse:
    """The page. A period is saved in two steps: the first says how many files would go in the next night.

    Only what was shown is saved: another period, or as many other files, are shown first.
    """
    if request.method != "POST":
        return _page(request, PolicyForm(initial={"years": request.desk.jobcenter.file_years}))
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    years = form.cleaned_data["years"]
    due = files_over(office=request.desk.jobcenter, years=years, now=timezone.now()).count()
    shown = f"{years}-{due}"
    if request.POST.get("save") != shown:
        return _page(request, form, effect={"years": years, "due": due, "shown": shown})
    if set_file_years(desk=request.desk, years=years, now=timezone.now()):
        messages.success(request, _("Gespeichert. Die neue Frist gilt ab der nächsten Nacht."))
    return redirect("office_retention", request.desk.jobcenter.slug)


@require_POST
@administrator_view
def office_retention_trial(request: DeskRequest) -> HttpResponse:
    """Count what the next night would delete; nothing is deleted."""
    trial(by=request.desk.actor, office=request.desk.jobcenter.slug, now=timezone.now())
    return redirect("office_retention", request.desk.jobcenter.slug)


def _page(request: DeskRequest, form: PolicyForm, *, effect: dict[str, Any] | None = None) -> HttpResponse:
    runs, office = RetentionRun.objects.order_by("-started_at"), request.desk.jobcenter.slug
    context = {
        "form": form,
        "effect": effect,
        "bounds": _bounds(),
        "rules": [(rule, PERIODS[rule.period]) for rule in retention.rules()],
        "trial": next(iter(_shown(runs.filter(is_trial=True)[:1], office)), None),
        "runs": list(_shown(runs.filter(is_trial=False)[:SHOWN_RUNS], office)),
        "setup_page": True,
    }
    return render(request, "office/retention.html", context, status=422 if form.errors else 200)


def _shown(runs: QuerySet[RetentionRun], office: str) -> Iterable[Shown]:
    """Two queries, however many runs."""
    found = list(runs)
    mine = RetentionEntry.objects.filter(run__in=found, office__in=["", office]).order_by()
    sums = mine.values("run_id", "rule").annotate(many=Sum("count"), oldest=Min("oldest_at"))
    rows = list(sums)
    for run in found:
        of_run = {row["rule"]: row for row in rows if row["run_id"] == run.pk}
        lines = [
            Line(str(rule.what), of_run[rule.name]["many"], of_run[rule.name]["oldest"])
            for rule in retention.rules()
            if rule.name in of_run
        ]
        yield Shown(run, lines)
