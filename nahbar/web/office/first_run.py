"""The first page of a new installation: the first office and its first administrator.

It stands open only while there is no office, and asks for the code that the operator's terminal shows.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import login, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nahbar.onboarding.first_run import (
    MOST_CHANNELS,
    Administrator,
    AlreadyFounded,
    Office,
    Taken,
    code_matches,
    found_first_office,
    is_needed,
)
from nahbar.people.models import StaffMember
from nahbar.web.shared.limits import Limit, is_exhausted
from nahbar.web.shared.phones import valid_number

PROPOSED = {"team": "Team 1", "topic": "Beratungsgespräch", "channels": 2}
UNFINISHED = {"invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig.")}
FOUNDING = Limit("first-run", 20)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
TAKEN = {
    "slug": gettext_lazy("Diese Kurzform gibt es schon. Bitte wählen Sie eine andere."),
    "email": gettext_lazy("Dieses Konto ist gesperrt. Bitte nehmen Sie eine andere E-Mail-Adresse."),
}


def _text(label: Any, *, missing: Any, longest: int = 80, hint: Any = "", **attrs: str) -> forms.CharField:
    """A line that must not be empty, with our words where it is."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=longest,
        error_messages={"required": missing},
        widget=forms.TextInput(attrs=attrs),
    )


class FirstRunForm(forms.Form):
    """What an office cannot be without, and who sets up the rest."""

    code = _text(
        gettext_lazy("Code vom Server"),
        missing=gettext_lazy("Bitte geben Sie den Code vom Server ein."),
        longest=60,
        hint=gettext_lazy("Der Befehl „python -m nahbar setup“ zeigt ihn auf dem Server an."),
        autocomplete="off",
        spellcheck="false",
    )
    name = _text(
        gettext_lazy("Name"),
        missing=gettext_lazy("Bitte geben Sie an, wie das Jobcenter heißt."),
        longest=120,
        hint=gettext_lazy("So steht es in jeder Nachricht, zum Beispiel: Jobcenter Westheide."),
    )
    slug = forms.CharField(
        label=gettext_lazy("Kurzform für die Adresse (freiwillig)"),
        help_text=gettext_lazy(
            "Kleine Buchstaben, Zahlen und Bindestriche. Leer: aus dem Namen. Später bleibt sie, wie sie ist."
        ),
        max_length=40,
        required=False,
    )
    phone = _text(
        gettext_lazy("Telefon"),
        missing=gettext_lazy("Bitte geben Sie die Telefonnummer an."),
        longest=30,
        hint=gettext_lazy("Diese Nummer sehen alle auf jeder Seite."),
        type="tel",
        autocomplete="off",
    )
    email = forms.EmailField(
        label=gettext_lazy("E-Mail (freiwillig)"),
        help_text=gettext_lazy("Für Antworten von Klientinnen und Klienten."),
        required=False,
        error_messages=UNFINISHED,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    team = _text(gettext_lazy("Erstes Team"), missing=gettext_lazy("Bitte geben Sie ein erstes Team an."))
    topic = _text(
        gettext_lazy("Erstes Thema"),
        missing=gettext_lazy("Bitte geben Sie ein erstes Thema an."),
        hint=gettext_lazy("Worum es in den Terminen geht. Weitere folgen später."),
    )
    channels = forms.IntegerField(
        label=gettext_lazy("Videokanäle"),
        help_text=gettext_lazy("So viele Videogespräche können gleichzeitig laufen."),
        min_value=1,
        max_value=MOST_CHANNELS,
    )
    first_name = _text(
        gettext_lazy("Vorname"),
        missing=gettext_lazy("Bitte geben Sie Ihren Vornamen an."),
        autocomplete="given-name",
    )
    last_name = _text(
        gettext_lazy("Nachname"),
        missing=gettext_lazy("Bitte geben Sie Ihren Nachnamen an."),
        autocomplete="family-name",
    )
    login = forms.EmailField(
        label=gettext_lazy("E-Mail-Adresse"),
        help_text=gettext_lazy("Damit melden Sie sich an."),
        error_messages=UNFINISHED | {"required": gettext_lazy("Bitte geben Sie Ihre E-Mail-Adresse an.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Kennwort"),
        help_text=gettext_lazy("Mindestens zwölf Zeichen, am besten mehrere Wörter."),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Bitte wählen Sie ein Kennwort.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial=PROPOSED)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"
        words = _("Bitte geben Sie eine Zahl von 1 bis %(most)d an.") % {"most": MOST_CHANNELS}
        self.fields["channels"].error_messages |= dict.fromkeys(("required", "invalid"), words)
        for validator in self.fields["channels"].validators:
            validator.message = words  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """The code on the terminal."""
        typed: str = self.cleaned_data["code"]
        if not code_matches(typed):
            raise ValidationError(_("Dieser Code passt nicht. Er steht auf dem Bildschirm des Servers."))
        return typed

    def clean_phone(self) -> str:
        """A number that can be called."""
        typed: str = self.cleaned_data["phone"]
        if not valid_number(typed):
            raise ValidationError(_("Diese Telefonnummer ist unvollständig. Zum Beispiel: 040 12345-0."))
        return typed

    def clean_slug(self) -> str:
        """Made of the name where nothing was typed."""
        typed: str = self.cleaned_data["slug"] or self.cleaned_data.get("name", "")
        made = slugify(typed.lower().translate(UMLAUTS))[:40].strip("-")
        if self.cleaned_data["slug"]:
            validate_slug(made or " ")
        return made or "jobcenter"

    def clean(self) -> dict[str, Any]:
        """A password that nobody guesses from the rest."""
        cleaned: dict[str, Any] = self.cleaned_data
        if "password" in cleaned:
            names = {"first_name": cleaned.get("first_name", ""), "last_name": cleaned.get("last_name", "")}
            account = StaffMember(email=cleaned.get("login", ""), **names)
            try:
                password_validation.validate_password(cleaned["password"], account)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    @property
    def office(self) -> Office:
        """Only after `is_valid`."""
        told = self.cleaned_data
        return Office(
            name=told["name"],
            slug=told["slug"],
            phone=valid_number(told["phone"]),
            phone_display=told["phone"],
            email=told["email"],
            team=told["team"],
            topic=told["topic"],
            channels=told["channels"],
        )

    @property
    def administrator(self) -> Administrator:
        """Only after `is_valid`."""
        told = self.cleaned_data
        return Administrator(
            first_name=told["first_name"],
            last_name=told["last_name"],
            email=told["login"],
            password=told["password"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """The form; a POST founds the office and goes on to what is still missing. 404 once there is an office."""
    if not is_needed():
        raise Http404
    if request.method != "POST":
        return _page(request, FirstRunForm())
    now = timezone.now()
    if is_exhausted(limit=FOUNDING, request=request, now=now):
        return render(request, "429.html", status=429)
    form = FirstRunForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        staff = found_first_office(office=form.office, administrator=form.administrator, now=now)
    except AlreadyFounded:
        return redirect("account_login")
    except Taken as taken:
        form.add_error({"email": "login"}.get(taken.field, taken.field), str(TAKEN[taken.field]))
        return _page(request, form, status=422)
    login(request, staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("office_setup", form.office.slug)


def _page(request: HttpRequest, form: FirstRunForm, *, status: int = 200) -> HttpResponse:
    return render(request, "office/first_run.html", {"form": form}, status=status)
