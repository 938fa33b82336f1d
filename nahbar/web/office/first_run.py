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

FOUNDING = Limit("first-run", 20)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
TAKEN = {
    "slug": gettext_lazy("Diese Kurzform gibt es schon. Bitte wählen Sie eine andere."),
    "email": gettext_lazy("Dieses Konto ist gesperrt. Bitte nehmen Sie eine andere E-Mail-Adresse."),
}


def _required(words: Any) -> dict[str, Any]:
    return {"required": words}


class FirstRunForm(forms.Form):
    """What an office cannot be without, and who sets up the rest."""

    code = forms.CharField(
        max_length=60, error_messages=_required(gettext_lazy("Bitte geben Sie den Code vom Server ein."))
    )
    name = forms.CharField(
        max_length=120, error_messages=_required(gettext_lazy("Bitte geben Sie an, wie das Jobcenter heißt."))
    )
    slug = forms.CharField(max_length=40, required=False)
    phone = forms.CharField(
        max_length=30, error_messages=_required(gettext_lazy("Bitte geben Sie die Telefonnummer an."))
    )
    email = forms.EmailField(
        required=False, error_messages={"invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig.")}
    )
    team = forms.CharField(
        max_length=80, initial="Team 1", error_messages=_required(gettext_lazy("Bitte geben Sie ein erstes Team an."))
    )
    topic = forms.CharField(
        max_length=80,
        initial="Beratungsgespräch",
        error_messages=_required(gettext_lazy("Bitte geben Sie ein erstes Thema an.")),
    )
    channels = forms.IntegerField(min_value=1, max_value=MOST_CHANNELS, initial=2)
    first_name = forms.CharField(
        max_length=80, error_messages=_required(gettext_lazy("Bitte geben Sie Ihren Vornamen an."))
    )
    last_name = forms.CharField(
        max_length=80, error_messages=_required(gettext_lazy("Bitte geben Sie Ihren Nachnamen an."))
    )
    login = forms.EmailField(
        error_messages={
            "required": gettext_lazy("Bitte geben Sie Ihre E-Mail-Adresse an."),
            "invalid": gettext_lazy("Diese E-Mail-Adresse ist unvollständig."),
        }
    )
    password = forms.CharField(
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(render_value=True),
        error_messages=_required(gettext_lazy("Bitte wählen Sie ein Kennwort.")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
    return render(request, "office/first_run.html", {"form": form, "most_channels": MOST_CHANNELS}, status=status)
