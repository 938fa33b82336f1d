"""The shape of what staff type; whether it can be is for the operations to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import LENGTH_MINUTES, Mode
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk, colleagues_of
from nahbar.scheduling.errors import Reason
from nahbar.scheduling.models import Topic
from nahbar.scheduling.queries import topics_of
from nahbar.scheduling.rules import (
    BERLIN,
    TALK_MINUTES,
    AgreedBy,
    CancelledBy,
    CancelReason,
    MeetingKind,
    NotHeldReason,
    local_time_exists,
    reason_in_words,
)
from nahbar.scheduling.series import MOST
from nahbar.web.counsellor.words import REFUSALS

EXPLAIN = "explain"
USUAL_COUNT = 6
REPEATS = [
    (0, _("nur einmal")),
    (1, _("jede Woche")),
    (2, _("alle zwei Wochen")),
    (4, _("alle vier Wochen")),
]
HOW_OFTEN = _("Bitte geben Sie eine Zahl von 2 bis 12 an.")
USUAL_MINUTES = (30, 45, 60)
FARTHEST = dt.timedelta(days=366 * 2)


def length_choices(jobcenter: JobCenter, *more: int) -> list[int]:
    """The lengths offered: the usual ones, the office's own, and what is there already."""
    return sorted({*USUAL_MINUTES, *(jobcenter.default_minutes(mode) for mode in Mode), *more})


def number_in(text: object) -> int | None:
    """A whole number as a form sends it; None for anything else, and for what no page of ours shows."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def require_moment(form: forms.BaseForm) -> None:
    """Day and start together, where both are there, are a moment that exists; said on the start."""
    day, start = form.cleaned_data.get("day"), form.cleaned_data.get("start")
    if day and start and not local_time_exists(day, start):
        form.add_error("start", _("Diese Uhrzeit gibt es an dem Tag nicht: Die Uhren werden vorgestellt."))


class WhenForm(forms.Form):
    """Day, start and length, as the clock in the office shows them."""

    day = forms.DateField(
        error_messages={
            "required": _("Bitte geben Sie den Tag an."),
            "invalid": _("Bitte geben Sie den Tag als Datum an."),
        }
    )
    start = forms.TimeField(
        error_messages={
            "required": _("Bitte geben Sie den Beginn an."),
            "invalid": _("Bitte geben Sie den Beginn als Uhrzeit an, zum Beispiel 09:30."),
        }
    )
    minutes = forms.IntegerField(
        min_value=LENGTH_MINUTES[0],
        max_value=LENGTH_MINUTES[1],
        error_messages={
            "required": _("Bitte geben Sie die Dauer an."),
            "invalid": REFUSALS[Reason.LENGTH],
            "min_value": REFUSALS[Reason.LENGTH],
            "max_value": REFUSALS[Reason.LENGTH],
        },
    )

    def __init__(self, data: Any = None, *, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today = now.astimezone(BERLIN).date()

    def clean_day(self) -> dt.date:
        """A day between today and two years from now; beyond it is a slip of the finger."""
        day: dt.date = self.cleaned_data["day"]
        if day < self.today:
            raise forms.ValidationError(_("Dieser Tag ist schon vorbei. Bitte wählen Sie einen späteren."))
        if day > self.today + FARTHEST:
            raise forms.ValidationError(_("Bitte wählen Sie einen Tag in den nächsten zwei Jahren."))
        return day

    def clean(self) -> dict[str, Any]:
        """Day and start together are a moment that exists."""
        cleaned: dict[str, Any] = super().clean() or {}
        require_moment(self)
        return cleaned

    @property
    def starts_shown(self) -> dt.datetime | None:
        """The start that stands in the fields, whatever else is wrong; None where they hold no time."""
        try:
            day, start = (str(self[name].value() or "") for name in ("day", "start"))
            local = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(start), tzinfo=BERLIN)
            return local.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def starts_at(self) -> dt.datetime:
        """The start as a moment; only for a valid form."""
        day, start = self.cleaned_data["day"], self.cleaned_data["start"]
        return dt.datetime.combine(day, start, tzinfo=BERLIN).astimezone(dt.UTC)


class CorrectionForm(forms.Form):
    """What really came of an appointment: held how and how long, or why not."""

    result = forms.ChoiceField(
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Bitte wählen Sie, was daraus wurde.")),
    )
    mode = forms.ChoiceField(
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Bitte wählen Sie die Art.")),
    )
    minutes = forms.IntegerField(
        min_value=TALK_MINUTES[0],
        max_value=TALK_MINUTES[1],
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), REFUSALS[Reason.TALK_LENGTH]),
    )
    revision = forms.IntegerField(min_value=0)

    def __init__(self, data: Any = None, *, modes: list[Mode], was: Mode, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        result, mode = self.fields["result"], self.fields["mode"]
        assert isinstance(result, forms.ChoiceField)
        assert isinstance(mode, forms.ChoiceField)
        reasons = [(one.value, reason_in_words(one, was)) for one in NotHeldReason]
        result.choices = [("held", _("stattgefunden")), *reasons]
        mode.choices = [(one.value, one.label) for one in modes]

    def clean(self) -> dict[str, Any]:
        """Of what was not held the length is nobody's concern."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("result") in NotHeldReason.values:
            self.errors.pop("minutes", None)
        return cleaned


class BookingForm(WhenForm):
    """Everything of a new appointment but the person."""

    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        error_messages={
            "required": _("Bitte wählen Sie ein Thema."),
            "invalid_choice": _("Bitte wählen Sie ein Thema."),
        },
    )
    mode = forms.ChoiceField(
        choices=Mode,
        error_messages={"required": _("Bitte wählen Sie die Art."), "invalid_choice": _("Bitte wählen Sie die Art.")},
    )
    agreed = forms.ChoiceField(choices=[*AgreedBy.choices, (EXPLAIN, "")], required=False)
    key = forms.UUIDField()
    task = forms.UUIDField(required=False)
    weeks = forms.TypedChoiceField(choices=REPEATS, coerce=int, required=False)
    count = forms.IntegerField(
        min_value=2,
        max_value=MOST,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), HOW_OFTEN),
    )

    # In the order of the page, which is the order of the error summary.
    field_order = ("topic", "mode", "minutes", "agreed", "day", "start", "weeks", "count", "key", "task")

    def __init__(self, data: Any = None, *, jobcenter: JobCenter, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(data, now=now, **kwargs)
        topic = self.fields["topic"]
        assert isinstance(topic, forms.ModelChoiceField)
        topic.queryset = topics_of(jobcenter)

    def clean(self) -> dict[str, Any]:
        """Video says how it was agreed, or that it is to be explained first."""
        cleaned = super().clean()
        if cleaned.get("mode") == Mode.VIDEO and not cleaned.get("agreed"):
            self.add_error("agreed", REFUSALS[Reason.NOT_AGREED])
        if cleaned.get("weeks") and cleaned.get("agreed") == EXPLAIN:
            self.add_error("weeks", _("Eine Serie lässt sich nicht vormerken. Bitte merken Sie einen Termin vor."))
        if cleaned.get("weeks") and cleaned.get("task"):
            self.add_error("weeks", _("Ein vorgemerkter Anruf bucht einen einzelnen Termin."))
        cleaned["count"] = cleaned.get("count") or USUAL_COUNT
        return cleaned

    @property
    def repeats(self) -> bool:
        """Whether it is a series."""
        return bool(self.cleaned_data.get("weeks"))

    @property
    def shown(self) -> list[str]:
        """The days of a series that the page showed, as it sends them."""
        return self._all("shown")

    @property
    def chosen(self) -> list[str]:
        """Those of them that were chosen."""
        return self._all("at")

    def _all(self, name: str) -> list[str]:
        return list(self.data.getlist(name)) if hasattr(self.data, "getlist") else []

    @property
    def agreed_label(self) -> str:
        """How video was agreed, in words; empty where it was not said yet."""
        agreed = str(self["agreed"].value() or "")
        return str(AgreedBy(agreed).label) if agreed in AgreedBy.values else ""

    @property
    def agreed_by(self) -> AgreedBy | None:
        """How video was agreed; None where it was not, or need not be."""
        agreed = self.cleaned_data["agreed"]
        return AgreedBy(agreed) if agreed and agreed != EXPLAIN else None

    @property
    def explains_first(self) -> bool:
        """Whether the person shall be phoned before video is booked."""
        return bool(self.cleaned_data["mode"] == Mode.VIDEO and self.cleaned_data["agreed"] == EXPLAIN)


class MoveForm(WhenForm):
    """Another time; `revision` is what the page showed."""

    revision = forms.IntegerField(min_value=0)


class MeetingForm(WhenForm):
    """What staff meet for, when, and which colleagues take part."""

    kind = forms.ChoiceField(
        choices=MeetingKind,
        error_messages={"required": _("Bitte wählen Sie die Art."), "invalid_choice": _("Bitte wählen Sie die Art.")},
    )
    title = forms.CharField(
        max_length=80,
        error_messages={
            "required": _("Bitte geben Sie einen Titel ein."),
            "max_length": _("Der Titel ist zu lang. Bitte nehmen Sie höchstens 80 Zeichen."),
        },
    )
    colleagues = forms.ModelMultipleChoiceField(
        StaffMember.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Bitte wählen Sie nur Personen aus der Liste.")},
    )
    uses_channel = forms.BooleanField(required=False)
    key = forms.UUIDField()

    # In the order of the page, which is the order of the error summary.
    field_order = ("kind", "title", "day", "start", "minutes", "colleagues", "uses_channel", "key")

    def __init__(self, data: Any = None, *, desk: Desk, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(data, now=now, **kwargs)
        colleagues = self.fields["colleagues"]
        assert isinstance(colleagues, forms.ModelMultipleChoiceField)
        colleagues.queryset = colleagues_of(desk)


class CancelMeetingForm(forms.Form):
    """Calls it off; `revision` is what the page showed."""

    revision = forms.IntegerField(min_value=0)


class CancelForm(forms.Form):
    """Who called it off, and as far as it was said why; `revision` is what the page showed."""

    revision = forms.IntegerField(min_value=0)
    cancelled_by = forms.ChoiceField(
        choices=CancelledBy, error_messages={"required": _("Bitte geben Sie an, wer absagt.")}
    )
    reason = forms.ChoiceField(choices=CancelReason, required=False)
    following = forms.BooleanField(required=False)
