"""What the forms of the set-up share, and those about the office itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nahbar.jobcenters.models import JobCenter, Site, Team
from nahbar.web.shared.phones import valid_number

REQUIRED = {"required": gettext_lazy("Bitte füllen Sie dieses Feld aus.")}
NO_DAY = {"invalid": gettext_lazy("Bitte geben Sie den Tag als Datum an.")}
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


class Dressed(forms.BaseForm):
    """Fields look as everywhere, and say in our words that they are empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages.update(REQUIRED)
            if not isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "field"


def day_field(**kwargs: Any) -> forms.DateField:
    """A day, chosen from the browser's calendar."""
    # Without a format browsers show nothing where the page knows a day.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    # At the ends of the calendar no day has a next one, or none before.
    ends = [MinValueValidator(FIRST_DAY, NO_DAY["invalid"]), MaxValueValidator(LAST_DAY, NO_DAY["invalid"])]
    return forms.DateField(widget=widget, error_messages=NO_DAY, validators=ends, **kwargs)


class FactsForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """Who the office is and how people reach it."""

    class Meta:
        model = JobCenter
        fields = ("name", "phone_display", "email", "street", "postcode", "city", "opening_hours", "land")
        labels = {  # noqa: RUF012  Django reads it once
            "name": gettext_lazy("Name"),
            "phone_display": gettext_lazy("Telefon"),
            "email": gettext_lazy("E-Mail"),
            "street": gettext_lazy("Straße und Hausnummer"),
            "postcode": gettext_lazy("Postleitzahl"),
            "city": gettext_lazy("Ort"),
            "opening_hours": gettext_lazy("Öffnungszeiten als Text"),
            "land": gettext_lazy("Land"),
        }
        help_texts = {  # noqa: RUF012
            "phone_display": gettext_lazy("Auf jeder Seite kann man sie antippen."),
            "email": gettext_lazy("An diese Adresse antworten Menschen."),
            "opening_hours": gettext_lazy("Zum Beispiel: Mo bis Fr 8 bis 12 Uhr, Do auch 14 bis 18 Uhr"),
            "land": gettext_lazy("Danach richten sich die Feiertage."),
        }

    def clean_phone_display(self) -> str:
        """A number that can be dialled."""
        written: str = self.cleaned_data["phone_display"]
        if not valid_number(written):
            raise forms.ValidationError(
                _("Bitte geben Sie eine Telefonnummer mit Vorwahl an, zum Beispiel 040 66969-100.")
            )
        return written


class SiteForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]
    """A house and the way to it."""

    class Meta:
        model = Site
        fields = ("name", "street", "postcode", "city", "directions")
        labels = {  # noqa: RUF012
            "name": gettext_lazy("Name"),
            "street": gettext_lazy("Straße und Hausnummer"),
            "postcode": gettext_lazy("Postleitzahl"),
            "city": gettext_lazy("Ort"),
            "directions": gettext_lazy("So findet man hin (freiwillig)"),
        }
        help_texts = {  # noqa: RUF012
            "name": gettext_lazy("Zum Beispiel: Haus B"),
            "directions": gettext_lazy("Zum Beispiel: Eingang im Hof, Aufzug bis zum 2. Stock."),
        }


class TeamForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]
    """What a team is called, and where its clients come to."""

    class Meta:
        model = Team
        fields = ("name", "site")
        labels = {"name": gettext_lazy("Name"), "site": gettext_lazy("Standort")}  # noqa: RUF012

    def __init__(self, *args: Any, office: JobCenter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites: Any = self.fields["site"]
        sites.queryset = Site.objects.filter(jobcenter=office, is_active=True)
        sites.empty_label = _("Adresse des Büros")
        sites.error_messages["invalid_choice"] = _(
            "Diesen Standort gibt es nicht mehr. Bitte wählen Sie einen anderen."
        )
