"""“Vertretungen”: who stands in for whom, from when to when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.people.deputies import (
    DeputyReason,
    DeputyRefused,
    StandIn,
    add_deputyship,
    end_deputyship,
    others_within,
)
from nahbar.people.doors import access_deputyship, counsellors_of, deputyships_of
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.scheduling.hours import is_absent
from nahbar.scheduling.rules import BERLIN, day_bounds
from nahbar.web.office.effect_words import deputy_is_away, stands_in_too
from nahbar.web.office.forms import REQUIRED, Dressed, day_field
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

# Under which field a refusal stands.
PLACE = {
    DeputyReason.SAME_PERSON: "deputy",
    DeputyReason.NOT_COUNSELLING: "deputy",
    DeputyReason.ENDS_BEFORE: "last_day",
    DeputyReason.OVER: "last_day",
    DeputyReason.TOO_LONG: "last_day",
    DeputyReason.TWICE: "first_day",
}
WORDS = {
    DeputyReason.SAME_PERSON: gettext_lazy("Niemand vertritt sich selbst. Bitte wählen Sie jemand anderen."),
    DeputyReason.NOT_COUNSELLING: gettext_lazy("Nur Fachkräfte dieses Büros vertreten sich. Bitte wählen Sie neu."),
    DeputyReason.ENDS_BEFORE: gettext_lazy("Der letzte Tag liegt vor dem ersten."),
    DeputyReason.OVER: gettext_lazy("Diese Zeit ist schon vorbei."),
    DeputyReason.TOO_LONG: gettext_lazy("So lange? Bitte prüfen Sie das Jahr."),
    DeputyReason.TWICE: gettext_lazy("In dieser Zeit vertritt sie oder er die Person schon. Beenden Sie das zuerst."),
}


class StaffChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when it runs
    """Counsellors by their family name, as lists have them."""

    def label_from_instance(self, obj: Any) -> str:
        """Family name first."""
        return f"{obj.last_name}, {obj.first_name}"


def _staff(label: Any) -> StaffChoice:
    invalid = {"invalid_choice": gettext_lazy("Bitte wählen Sie eine Fachkraft dieses Büros.")}
    return StaffChoice(queryset=StaffMember.objects.none(), label=label, error_messages=REQUIRED | invalid)


class DeputyForm(Dressed, forms.Form):
    """Who, for whom, and on which days."""

    absent = _staff(gettext_lazy("Wer ist weg?"))
    deputy = _staff(gettext_lazy("Wer vertritt?"))
    first_day = day_field(label=gettext_lazy("Erster Tag"))
    last_day = day_field(label=gettext_lazy("Letzter Tag"))

    def __init__(self, data: Any = None, *, desk: Desk) -> None:
        super().__init__(data)
        for name in ("absent", "deputy"):
            field: Any = self.fields[name]
            field.queryset = counsellors_of(desk)
            field.empty_label = _("Bitte wählen")

    @property
    def wish(self) -> StandIn:
        """What is asked for; only after `is_valid`."""
        return StandIn(**self.cleaned_data)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_deputies(request: DeskRequest) -> HttpResponse:
    """The list; a POST enters one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _page(request, DeputyForm(desk=desk))
    form = DeputyForm(request.POST, desk=desk)
    if not form.is_valid():
        return _page(request, form, 422)
    saving = Saving(
        title=_("Vertretung eintragen"),
        effects=_effects(desk, form.wish),
        save=lambda: add_deputyship(desk=desk, wish=form.wish, revision=revision_of(request), now=now),
        done=_("Die Vertretung ist eingetragen."),
        page="office_deputies",
    )
    try:
        return carry_out(request, form, saving, again=lambda again, status: _page(request, again, status))
    except DeputyRefused as refused:
        form.add_error(PLACE[refused.reason], str(WORDS[refused.reason]))
        return _page(request, form, 422)


def _effects(desk: Desk, wish: StandIn) -> list[str]:
    """What an administrator should know before: who else stands in, and whether the deputy is there."""
    if wish.last_day < wish.first_day:
        return []
    found = [
        stands_in_too(one.deputy.full_name, whom=one.absent.full_name) for one in others_within(desk=desk, wish=wish)
    ]
    begins, ends = day_bounds(wish.first_day)[0], day_bounds(wish.last_day)[1]
    if is_absent(staff=wish.deputy, starts_at=begins, ends_at=ends):
        found.append(deputy_is_away(wish.deputy.full_name))
    return found


def _page(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    today = timezone.now().astimezone(BERLIN).date()
    context = {
        "form": form,
        "deputyships": deputyships_of(desk=request.desk, day=today),
        "today": today,
        "setup_page": True,
    }
    return render(request, "office/deputies.html", context, status=status)


@require_POST
@administrator_view
def office_deputy_end(request: DeskRequest, deputyship: int) -> HttpResponse:
    """Ends a deputyship today, or takes out one that has not begun."""
    desk = request.desk
    found = access_deputyship(desk=desk, deputyship=deputyship)
    if end_deputyship(desk=desk, deputyship=found, now=timezone.now()):
        messages.success(request, _("Die Vertretung ist beendet. Übernommene Termine bleiben, wo sie sind."))
    return redirect("office_deputies", desk.jobcenter.slug)
