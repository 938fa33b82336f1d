"""“Kontakte”: the ledger of one person, entering a contact in two taps, and taking it out again."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nahbar.people.models import Client
from nahbar.people.queries import Desk, access_client, known_clients
from nahbar.scheduling.contacts import (
    CONTACT_MINUTES,
    USUAL_MINUTES,
    Entry,
    by_hand_beside,
    contacts_of,
    enter_contact,
    mark_third_party,
    may_remove,
    remove_contact,
    types_offered,
)
from nahbar.scheduling.errors import Alike, Reason, Refused
from nahbar.scheduling.models import Appointment, Contact, ContactType
from nahbar.scheduling.rules import BERLIN, CONTACT_KIND_OF_MODE, ContactKind
from nahbar.web.counsellor.forms import require_moment
from nahbar.web.counsellor.words import REFUSALS
from nahbar.web.shared.desks import DeskRequest, case_view
from nahbar.web.templatetags.nb import MODE_ICONS

# On the person's own page; all of them have one of their own.
FIRST_SHOWN = 8
AT_ONCE = 50
ICONS = {kind: MODE_ICONS[mode] for mode, kind in CONTACT_KIND_OF_MODE.items()} | {ContactKind.OTHER: "chat"}
# On the field that stands in the way; that a form was used stands above it.
FIELDS = {
    Reason.IN_FUTURE: "day",
    Reason.BEFORE_FILE: "day",
    Reason.CONTACT_LENGTH: "minutes",
    Reason.CONTACT_TYPE: "what",
}
# The same form with something else in it.
ENTERED_ALREADY = gettext_lazy(
    "Aus diesem Formular ist schon ein Kontakt eingetragen. War das ein weiterer, tragen Sie ihn noch einmal ein."
)
GONE = gettext_lazy("Dieser Kontakt steht nicht mehr in der Liste.")


@dataclass(frozen=True)
class Choice:
    """One kind of contact as a button: what the form sends, its word and icon, how long it usually is."""

    value: str
    label: str | Promise
    icon: str
    kind: ContactKind
    own_type: ContactType | None = None

    @property
    def minutes(self) -> int:
        """The usual length."""
        return USUAL_MINUTES[self.kind]


def choices_of(desk: Desk) -> list[Choice]:
    """What can be entered: the kinds everybody counts, then the office's own."""
    own, other = types_offered(desk), ContactKind.OTHER
    given = [Choice(kind.value, kind.label, ICONS[kind], kind) for kind in ContactKind if kind != other]
    return given + [Choice(f"{other.value}-{one.pk}", one.name, ICONS[other], other, one) for one in own]


class ContactForm(forms.Form):
    """A kind is enough: without a time it was now, without minutes as long as usual."""

    what = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Bitte wählen Sie die Art."),
            "invalid_choice": REFUSALS[Reason.CONTACT_TYPE],
        }
    )
    day = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Bitte geben Sie den Tag als Datum an.")}
    )
    start = forms.TimeField(
        required=False,
        error_messages={"invalid": gettext_lazy("Bitte geben Sie den Beginn als Uhrzeit an, zum Beispiel 09:30.")},
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=CONTACT_MINUTES[0],
        max_value=CONTACT_MINUTES[1],
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), REFUSALS[Reason.CONTACT_LENGTH]),
    )
    third = forms.BooleanField(required=False)
    key = forms.UUIDField(error_messages=dict.fromkeys(("required", "invalid"), ENTERED_ALREADY))

    def __init__(self, data: Any = None, *, desk: Desk, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.choices = choices_of(desk)
        what: Any = self.fields["what"]
        what.choices = [(one.value, one.label) for one in self.choices]

    def clean(self) -> dict[str, Any]:
        """Day and start come together, and are a moment that exists."""
        cleaned: dict[str, Any] = super().clean() or {}
        day, start = cleaned.get("day"), cleaned.get("start")
        if day and not start and "start" not in self.errors:
            self.add_error("start", _("Bitte geben Sie auch die Uhrzeit an."))
        if start and not day and "day" not in self.errors:
            self.add_error("day", _("Bitte geben Sie auch den Tag an."))
        require_moment(self)
        return cleaned

    def refuse(self, reason: Reason) -> None:
        """Says why nothing was entered, on the field that stands in the way."""
        words = ENTERED_ALREADY if reason is Reason.STALE else REFUSALS[reason]
        self.add_error(FIELDS.get(reason), str(words))

    @property
    def needs_new_key(self) -> bool:
        """Whether the key of this form has entered something else, or is none."""
        return bool(self.non_field_errors()) or "key" in self.errors

    def entry(self, client: Client) -> Entry:
        """What is to be entered; only for a valid form."""
        given = self.cleaned_data
        chosen = next(one for one in self.choices if one.value == given["what"])
        local = dt.datetime.combine(given["day"], given["start"], tzinfo=BERLIN) if given["day"] else None
        return Entry(
            client=client,
            kind=chosen.kind,
            own_type=chosen.own_type,
            at=local.astimezone(dt.UTC) if local else None,
            minutes=given["minutes"],
            with_third_party=given["third"],
            key=given["key"],
        )


def kind_of(contact: Contact) -> str:
    """In words: the office's own kinds by their name."""
    return contact.own_type.name if contact.own_type else contact.get_kind_display()


def shown(*, desk: Desk, contact: Contact) -> dict[str, Any]:
    """A row of the ledger."""
    return {
        "contact": contact,
        "kind": kind_of(contact),
        "icon": ICONS[ContactKind(contact.kind)],
        "may_remove": may_remove(desk=desk, contact=contact),
    }


def ledger_beside(*, desk: Desk, client: Client) -> dict[str, Any]:
    """What the person's page shows: the latest contacts, whether there are more, and the way to enter one."""
    contacts = list(contacts_of(client)[: FIRST_SHOWN + 1])
    return {
        "contacts": [shown(desk=desk, contact=one) for one in contacts[:FIRST_SHOWN]],
        "has_more_contacts": len(contacts) > FIRST_SHOWN,
        "contact_choices": choices_of(desk),
        "contact_key": uuid.uuid4(),
    }


@require_safe
@case_view
def person_contacts(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """The whole ledger of one person, page by page; it prints."""
    client = access_client(desk=request.desk, public_id=public_id)
    page = Paginator(contacts_of(client), AT_ONCE).get_page(request.GET.get("seite"))
    rows = [shown(desk=request.desk, contact=one) for one in page]
    return render(request, "counsellor/contacts.html", {"client": client, "page": page, "contacts": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@case_view
def person_contact_new(request: DeskRequest, public_id: uuid.UUID) -> HttpResponse:
    """Enters a contact; a form that names the kind alone does so at once, for now."""
    desk, now = request.desk, timezone.now()
    client = access_client(desk=desk, public_id=public_id)
    if request.method != "POST":
        local = now.astimezone(BERLIN)
        initial = {"day": f"{local:%Y-%m-%d}", "start": f"{local:%H:%M}", "key": uuid.uuid4()}
        return _page(request, client, ContactForm(desk=desk, initial=initial))
    form = ContactForm(request.POST, desk=desk)
    if not form.is_valid():
        return _page(request, client, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        contact = enter_contact(desk=desk, entry=form.entry(client), now=now, despite=_seen(request))
    except Alike as alike:
        return _page(request, client, form, alike=alike, status=HTTPStatus.CONFLICT)
    except Refused as refusal:
        form.refuse(refusal.reason)
        return _page(request, client, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    _say_entered(request, contact)
    return _to_record(client)


def _seen(request: DeskRequest) -> set[uuid.UUID]:
    """What the page has shown of contacts and talks that look the same."""
    found = set()
    for text in request.POST.getlist("despite"):
        try:
            found.add(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _say_entered(request: DeskRequest, contact: Contact) -> None:
    """With a way to take it out again beside it (`shared/_messages.html`)."""
    words = _("Eingetragen: %(kind)s, %(minutes)s Minuten.") % {"kind": kind_of(contact), "minutes": contact.minutes}
    messages.success(request, words, extra_tags=f"contact {contact.client.public_id} {contact.public_id}")


def say_by_hand(request: DeskRequest, appointment: Appointment) -> None:
    """What stands by hand for the day of a talk that was held, each with the way to take it out beside it.

    Nothing for whoever may not see the person's record.
    """
    if not known_clients(request.desk).filter(pk=appointment.client.pk).exists():
        return
    for contact in by_hand_beside(appointment):
        words = _("Am selben Tag steht schon ein Kontakt von Hand: %(kind)s, %(time)s.") % {
            "kind": kind_of(contact),
            "time": f"{contact.at.astimezone(BERLIN):%H:%M}",
        }
        way = (
            f"by_hand {contact.client.public_id} {contact.public_id}"
            if may_remove(desk=request.desk, contact=contact)
            else ""
        )
        messages.info(request, words, extra_tags=way)


def _page(
    request: DeskRequest, client: Client, form: ContactForm, *, alike: Alike | None = None, status: int = 200
) -> HttpResponse:
    """The form; with `alike` also what looks the same, to be entered all the same or not."""
    # A key that was used, or is none, would be refused for ever.
    key = uuid.uuid4() if form.needs_new_key else form["key"].value()
    context: dict[str, Any] = {"client": client, "form": form, "key": key, "latest": timezone.localdate().isoformat()}
    if alike:
        context |= {
            "alike": [shown(desk=request.desk, contact=one) for one in alike.contacts],
            "planned": alike.appointments,
            "despite": [*_seen(request), *alike.public_ids],
        }
    return render(request, "counsellor/contact_new.html", context, status=status)


def _to_record(client: Client) -> HttpResponse:
    return redirect("person_page", office=client.jobcenter.slug, public_id=client.public_id)


@require_POST
@case_view
def person_contact_remove(request: DeskRequest, public_id: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """Takes an entry out that was made by hand."""
    client = access_client(desk=request.desk, public_id=public_id)
    found = contacts_of(client).filter(public_id=contact).first()
    if found is not None and remove_contact(desk=request.desk, contact=found, now=timezone.now()):
        messages.info(request, _("Der Kontakt ist entfernt und zählt nicht mehr."))
    else:
        messages.info(request, GONE)
    return _to_record(client)


@require_POST
@case_view
def person_contact_third(request: DeskRequest, public_id: uuid.UUID, contact: uuid.UUID) -> HttpResponse:
    """Marks that somebody else was there, or that nobody was: each button says what it wants."""
    client = access_client(desk=request.desk, public_id=public_id)
    found = contacts_of(client).filter(public_id=contact).first()
    wanted = request.POST.get("third", "")
    if found is None:
        messages.info(request, GONE)
    elif wanted in {"yes", "no"}:
        mark_third_party(desk=request.desk, contact=found, present=wanted == "yes", now=timezone.now())
        said = (
            _("Vermerkt: Es war jemand Drittes dabei.") if wanted == "yes" else _("Vermerkt: Niemand sonst war dabei.")
        )
        messages.success(request, said)
    return _to_record(client)
