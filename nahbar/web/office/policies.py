"""“Regeln”: how people show that a link is theirs, in which languages they are written to, who is named where."""

from __future__ import annotations

import datetime as dt
from copy import copy

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nahbar.invitations.queries import clients_without_number_proof
from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.operations import change_office
from nahbar.jobcenters.rules import Proof
from nahbar.people.models import Client
from nahbar.people.rules import Language
from nahbar.scheduling.offered import to_come
from nahbar.web.office import effect_words as effects
from nahbar.web.office.forms import Dressed
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

NAMES = ("names_counsellor_in_messages", "names_office_in_calendars", "names_client_in_calendars")


class PoliciesForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """The office's rules towards its clients."""

    class Meta:
        model = JobCenter
        fields = ("proof", "offers_plain_german", *NAMES)
        labels = {  # noqa: RUF012  Django reads it once
            "proof": gettext_lazy("Wer einen Link öffnet, wird gefragt nach"),
            "offers_plain_german": gettext_lazy("Einfache Sprache anbieten"),
            "names_counsellor_in_messages": gettext_lazy("E-Mails nennen die Fachkraft"),
            "names_office_in_calendars": gettext_lazy("Der Kalender der Person nennt das Jobcenter"),
            "names_client_in_calendars": gettext_lazy("Der Kalender der Fachkraft nennt die Person"),
        }
        help_texts = {  # noqa: RUF012
            "proof": gettext_lazy("Wer eine weitergeleitete E-Mail hat, soll das nicht wissen."),
            "offers_plain_german": gettext_lazy("Deutsch gibt es immer."),
            "names_office_in_calendars": gettext_lazy("In Kalender sehen oft auch andere hinein."),
        }

    def clean_proof(self) -> Proof:
        """One we know."""
        return Proof(self.cleaned_data["proof"])

    @property
    def names(self) -> list[forms.BoundField]:
        """Who is named where."""
        return [self[name] for name in NAMES]


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_policies(request: DeskRequest) -> HttpResponse:
    """The page; a POST saves it."""
    office, now = request.desk.jobcenter, timezone.now()
    if request.method != "POST":
        return _page(request, PoliciesForm(instance=copy(office)))
    form = PoliciesForm(request.POST, instance=copy(office))
    if not form.is_valid():
        return _page(request, form, 422)
    saving = Saving(
        title=_("Regeln ändern"),
        effects=_effects(office, form, now),
        save=lambda: change_office(
            jobcenter=office, values=form.cleaned_data, revision=revision_of(request), by=request.desk.actor, now=now
        ),
        done=_("Die Regeln sind gespeichert."),
        page="office_policies",
    )
    return carry_out(request, form, saving, again=lambda again, status: _page(request, again, status))


def _page(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/policies.html", {"form": form, "setup_page": True}, status=status)


def _effects(office: JobCenter, form: PoliciesForm, now: dt.datetime) -> list[str]:
    changed, new = set(form.changed_data), form.cleaned_data
    coming = to_come(jobcenter=office, now=now)
    found = []
    if "proof" in changed:
        found.append(effects.other_proof(coming.count(), asks=str(new["proof"].label)))
        if new["proof"] is Proof.NUMBER:
            found.append(effects.short_numbers(clients_without_number_proof(jobcenter=office)))
    if "offers_plain_german" in changed and not new["offers_plain_german"]:
        plain = Client.objects.of(office).filter(language=Language.PLAIN_GERMAN)
        found.append(effects.no_plain_german(plain.count()))
    if changed & set(NAMES):
        found.append(effects.sent_already(coming.count()))
    return [effect for effect in found if effect]
