"""Writing a client's record: a new one, and changing one while others may do so, too."""

from __future__ import annotations

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nahbar.jobcenters.models import Place, Team
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.people.queries import Desk, access_client, may_move
from nahbar.people.records import FACTS, NotKept, Refusal, change_client, create_client
from nahbar.people.rules import NOTES_LENGTH, Language, Salutation
from nahbar.web.counsellor.forms import number_in
from nahbar.web.shared.desks import DeskRequest, case_view

EARLIEST_BIRTH = dt.date(1900, 1, 1)
# Beside each field stands what it held when the page was shown.
SEEN = "seen-"
# On the field that stands in the way.
REFUSED = {
    Refusal.NUMBER_TAKEN: ("number", gettext_lazy("Diese Nummer gehört schon zu einer anderen Akte.")),
    Refusal.OTHER_TEAM: (
        "team",
        gettext_lazy("Das Team ändert, wer zu ihm gehört oder die Akte für eine Übergabe geöffnet hat."),
    ),
}


def _text(label: Any, longest: int, *, required: Any = None, **more: Any) -> forms.CharField:
    errors = {"max_length": gettext_lazy("Bitte höchstens %(limit_value)s Zeichen.")}
    if required:
        errors["required"] = required
    return forms.CharField(label=label, max_length=longest, required=bool(required), error_messages=errors, **more)


def _mail(label: Any) -> forms.EmailField:
    wrong = gettext_lazy("Bitte prüfen Sie diese E-Mail-Adresse.")
    return forms.EmailField(label=label, required=False, error_messages={"invalid": wrong, "max_length": wrong})


class RecordForm(forms.Form):
    """Everything an office keeps about a person; the names of the fields are the model's."""

    salutation = forms.ChoiceField(label=gettext_lazy("Anrede"), choices=Salutation)
    first_name = _text(gettext_lazy("Vorname"), 80, required=gettext_lazy("Bitte geben Sie den Vornamen an."))
    last_name = _text(gettext_lazy("Nachname"), 80, required=gettext_lazy("Bitte geben Sie den Nachnamen an."))
    number = _text(gettext_lazy("Kundennummer"), 20, required=gettext_lazy("Bitte geben Sie die Kundennummer an."))
    birth_date = forms.DateField(
        label=gettext_lazy("Geburtsdatum"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        error_messages={
            "required": gettext_lazy("Bitte geben Sie das Geburtsdatum an."),
            "invalid": gettext_lazy("Bitte geben Sie das Geburtsdatum als Datum an, zum Beispiel 12.03.1980."),
        },
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=gettext_lazy("Team"),
        empty_label=gettext_lazy("Bitte wählen"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Bitte wählen Sie ein Team.")),
    )
    email = _mail(gettext_lazy("E-Mail"))
    phone_display = _text(gettext_lazy("Telefon"), 30)
    language = forms.ChoiceField(label=gettext_lazy("Sprache"), choices=Language)
    preferred_mode = forms.ChoiceField(
        label=gettext_lazy("Am liebsten"), choices=[("", gettext_lazy("kein Wunsch")), *Mode.choices], required=False
    )
    what_helps = _text(
        gettext_lazy("Was hilft"),
        200,
        help_text=gettext_lazy("Zum Beispiel: Dolmetschen, große Schrift, Termine ab zehn Uhr. Bitte nie, warum."),
    )
    place = forms.ModelChoiceField(
        Place.objects.none(),
        label=gettext_lazy("Wohnort"),
        required=False,
        empty_label=gettext_lazy("nicht bekannt"),
        help_text=gettext_lazy("Nur für die Kilometer, die Videogespräche sparen. Keine Adresse."),
        error_messages={
            "invalid_choice": gettext_lazy("Diesen Ort gibt es nicht mehr. Bitte wählen Sie einen anderen.")
        },
    )
    guardian_name = _text(gettext_lazy("Name"), 120)
    guardian_phone = _text(gettext_lazy("Telefon"), 30)
    guardian_email = _mail(gettext_lazy("E-Mail"))
    notes = _text(
        gettext_lazy("Notizen für die Übergabe"),
        NOTES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Was jemand wissen muss, der übernimmt. Die Person kann das auf Wunsch lesen."),
    )

    def __init__(self, data: Any = None, *, desk: Desk, today: dt.date, client: Client | None = None) -> None:
        initial = facts_of(client) if client else {"salutation": Salutation.NONE, "language": Language.GERMAN}
        super().__init__(data, initial=initial)
        self._today = today
        there = desk.jobcenter.teams
        team: Any = self.fields["team"]
        # A team that is no more is kept by whoever still has it, and given to nobody.
        team.queryset = (
            there.filter(Q(is_active=True) | Q(pk=client.team_id))
            if client
            else there.filter(is_active=True, pk__in=desk.team_ids)
        )
        place: Any = self.fields["place"]
        lives = Q(is_active=True) | Q(pk=client.place_id) if client else Q(is_active=True)
        place.queryset = desk.jobcenter.places.filter(lives)
        if client is None and len(desk.team_ids) == 1:
            self.initial["team"] = next(iter(desk.team_ids))
        for name, field in self.fields.items():
            field.widget.attrs |= {"class": "field num" if name in {"number", "birth_date"} else "field"}
            field.widget.attrs |= {"autocomplete": "off"}

    def clean_birth_date(self) -> dt.date:
        """No slip of the finger: in the past, and within a lifetime."""
        day: dt.date = self.cleaned_data["birth_date"]
        if not EARLIEST_BIRTH <= day <= self._today:
            raise forms.ValidationError(_("Bitte prüfen Sie das Jahr des Geburtsdatums."))
        return day

    @property
    def facts(self) -> dict[str, Any]:
        """What is to be kept; only for a valid form."""
        return {name: self.cleaned_data[name] for name in FACTS}


def facts_of(client: Client) -> dict[str, Any]:
    """What the record holds, as the form's fields take it."""
    linked = {"team": client.team_id, "place": client.place_id}
    return {name: linked[name] if name in linked else getattr(client, name) for name in FACTS}


def _as_sent(value: Any) -> str:
    """A value as a browser sends it back."""
    return "" if value is None else str(value).replace("\r\n", "\n")


@require_http_methods(["GET", "HEAD", "POST"])
@case_view
def person_new(request: DeskRequest) -> HttpResponse:
    """A record for somebody who has none."""
    now = timezone.now()
    form = RecordForm(
        request.POST if request.method == "POST" else None, desk=request.desk, today=timezone.localdate(now)
    )
    if request.method == "POST" and form.is_valid():
        try:
            client = create_client(desk=request.desk, facts=form.facts, now=now)
        except NotKept as refusal:
            form.add_error(*REFUSED[refusal.reason])
        else:
            messages.success(request, _("Die Akte ist angelegt."))
            return redirect("person_page", office=request.desk.jobcenter.slug, public_id=client.public_id)
    return render(request, "counsellor/person_edit.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@case_view
def person_edit(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Changes a record; who comes second reads what the first one changed, and decides."""
    client, now = access_client(desk=request.desk, public_id=public_id), timezone.now()
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        desk=request.desk,
        today=timezone.localdate(now),
        client=client,
    )
    if request.method != "POST":
        return _edit_page(request, client, form)
    if not form.is_valid():
        return _edit_page(request, client, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    shown = number_in(request.POST.get("revision", ""))
    try:
        changed = change_client(
            desk=request.desk, client=client, facts=form.facts, revision=-1 if shown is None else shown, now=now
        )
    except NotKept as refusal:
        if refusal.reason is Refusal.STALE:
            return _second(request, client, now=now)
        form.add_error(*REFUSED[refusal.reason])
        return _edit_page(request, client, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _("Gespeichert.") if changed else _("Es war schon so gespeichert."))
    return redirect("person_page", office=request.desk.jobcenter.slug, public_id=client.public_id)


def _second(request: DeskRequest, client: Client, *, now: dt.datetime) -> HttpResponse:
    """What was not touched takes the newer value; what both changed stays as typed, with the newer one beside it."""
    client.refresh_from_db()
    sent: QueryDict = request.POST.copy()
    news = []
    for name, value in facts_of(client).items():
        current, seen = _as_sent(value), _as_sent(sent.get(SEEN + name))
        if current == seen:
            continue
        if _as_sent(sent.get(name)) == seen:
            sent[name] = current
        news.append(name)
    form = RecordForm(sent, desk=request.desk, today=timezone.localdate(now), client=client)
    stands = [{"label": form[name].label, "now": in_words(client, name)} for name in news]
    return _edit_page(request, client, form, news=stands, status=HTTPStatus.CONFLICT)


def in_words(client: Client, name: str) -> str:
    """A value as people read it."""
    display = getattr(client, f"get_{name}_display", None)
    value = display() if display else getattr(client, name)
    if value is None:
        return ""
    return f"{value:%d.%m.%Y}" if isinstance(value, dt.date) else str(value)


def _edit_page(
    request: DeskRequest,
    client: Client,
    form: RecordForm,
    *,
    news: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    seen = [(SEEN + name, _as_sent(value)) for name, value in facts_of(client).items()]
    revision = client.revision
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        # What the page had shown stays the measure: only a saved or refused change moves it on.
        seen = [(name, request.POST.get(name, value)) for name, value in seen]
        shown = number_in(request.POST.get("revision", ""))
        revision = revision if shown is None else shown
    context = {"client": client, "form": form, "seen": seen, "revision": revision, "news": news}
    context["may_move"] = may_move(desk=request.desk, client=client)
    return render(request, "counsellor/person_edit.html", context, status=status)
