"""A new appointment: who, what about, how, when; and what to do where that cannot be."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from nahbar.consent.queries import is_withdrawn
from nahbar.jobcenters.rules import Mode
from nahbar.people.models import Client
from nahbar.people.queries import Desk, NotYours, access_client
from nahbar.people.search import search_clients
from nahbar.scheduling.call_tasks import book_for_task, make_call_task
from nahbar.scheduling.errors import Reason, Refused
from nahbar.scheduling.models import Appointment, CallTask
from nahbar.scheduling.operations import Wish, book_appointment
from nahbar.scheduling.queries import access_call_task, recent_clients, topics_of
from nahbar.scheduling.series import MOST, book_series, booked_as_series
from nahbar.web.counsellor.forms import REPEATS, BookingForm, length_choices, number_in
from nahbar.web.counsellor.plans import LOCAL, Plan, plan_of, prefilled, with_first_free
from nahbar.web.counsellor.slots import ELSEWHEN, Offers, Wished, offers_for, with_slot
from nahbar.web.counsellor.ways import say_done
from nahbar.web.counsellor.words import FIELDS, REFUSALS
from nahbar.web.shared.desks import DeskRequest, counsellor_view, desk_view

PREFILLED = ("topic", "mode", "day", "start", "minutes", "agreed", "task", "weeks", "count")

# What was typed as a length is offered again, as far as it could be one.
MOST_MINUTES = 1000


@require_safe
@desk_view
def client_search(request: DeskRequest) -> HttpResponse:
    """The people found, as a fragment; the page without script shows the same list."""
    text = request.GET.get("q", "")
    return render(request, "counsellor/_found.html", _found(request, text))


def _found(request: DeskRequest, text: str) -> dict[str, object]:
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in ("day", "start") if request.GET.get(name)})
    desk, text = request.desk, text.strip()
    # Nothing typed yet: most appointments are with somebody one has just seen.
    found = search_clients(desk=desk, text=text) if text else recent_clients(desk=desk)
    return {"q": text, "found": found, "kept": kept.urlencode()}


@require_http_methods(["GET", "HEAD", "POST"])
@counsellor_view
def appointment_new(request: DeskRequest) -> HttpResponse:
    """First the person, then the rest; POST books. Only for those who hold appointments."""
    now = timezone.now()
    sent = request.POST if request.method == "POST" else request.GET
    if not sent.get("client"):
        found = _found(request, request.GET.get("q", ""))
        return render(request, "counsellor/find.html", found)
    person = access_client(desk=request.desk, public_id=_id(sent["client"]))
    if request.method == "POST":
        return _take(request, person, now=now)
    asked = prefilled(request.GET, desk=request.desk, person=person, now=now)
    plan = _plan(request.desk, asked, person, now=now)
    if request.htmx:
        return render(request, "counsellor/_plan.html", plan | {"form": _bound(request.desk, asked, now=now)})
    complete = with_first_free(asked, plan)
    if complete != asked:
        # Once more, with the time that was filled in: what would be booked is said.
        plan = _plan(request.desk, complete, person, now=now)
    return _page(request, person, _empty(request.desk, complete, now=now), plan=plan)


def _bound(desk: Desk, asked: QueryDict, *, now: dt.datetime) -> BookingForm:
    return BookingForm(asked, jobcenter=desk.jobcenter, now=now)


def _plan(desk: Desk, asked: QueryDict, person: Client, *, now: dt.datetime) -> Plan:
    return plan_of(desk, _bound(desk, asked, now=now), person, now=now)


def _empty(desk: Desk, asked: QueryDict, *, now: dt.datetime) -> BookingForm:
    """A form nobody has sent yet: filled in, without complaints."""
    initial = {name: asked[name] for name in PREFILLED if asked.get(name)}
    return BookingForm(jobcenter=desk.jobcenter, now=now, initial={"key": uuid.uuid4(), **initial})


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotYours from None


def _take(request: DeskRequest, person: Client, *, now: dt.datetime) -> HttpResponse:
    form = BookingForm(with_slot(request.POST), jobcenter=request.desk.jobcenter, now=now)
    if not form.is_valid():
        plan = plan_of(request.desk, form, person, now=now)
        return _page(request, person, form, plan=plan, status=422)
    if form.repeats:
        return _take_series(request, person, form, now=now)
    wish = _wish(request.desk, person, form)
    asked = _asked_task(request.desk, person, form.cleaned_data["task"])
    try:
        if form.explains_first:
            return _explain_first(request, wish, now=now)
        appointment = _book(request.desk, wish, asked, now=now)
    except Refused as refusal:
        if refusal.reason is Reason.CALL_DONE and asked:
            messages.info(request, REFUSALS[Reason.CALL_DONE])
            return redirect("call_task", office=request.desk.jobcenter.slug, public_id=asked.public_id)
        return _refused(request, person, form, wish=wish, reason=refusal.reason, now=now)
    say_done(request, booked_words(appointment), appointment)
    return redirect("appointment_page", office=request.desk.jobcenter.slug, public_id=appointment.public_id)


def _take_series(request: DeskRequest, person: Client, form: BookingForm, *, now: dt.datetime) -> HttpResponse:
    """Books the days that were chosen; shows them first, and again where one of them is gone meanwhile."""
    plan = plan_of(request.desk, form, person, now=now)
    offered = {row.value: row.starts_at for row in plan["series"]}
    if not form.chosen:
        form.add_error("weeks", _("Bitte wählen Sie die Tage, die Sie buchen möchten. Gebucht ist noch nichts."))
        return _page(request, person, form, plan=plan, status=422)
    wish, there = _wish(request.desk, person, form), booked_as_series(desk=request.desk, key=form.cleaned_data["key"])
    # What this very form has booked is not on offer any more: sent again it leads there again.
    offered |= {f"{one.local_start:{LOCAL}}": one.starts_at for one in there}
    if not set(form.chosen) <= set(offered):
        return _series_refused(request, person, form, Reason.STALE, plan=plan)
    starts = [offered[value] for value in form.chosen]
    try:
        booked = book_series(desk=request.desk, wish=wish, starts=starts, now=now)
    except Refused as refusal:
        if refusal.reason is Reason.STALE:
            return _refused(request, person, form, wish=wish, reason=refusal.reason, now=now)
        # Before the complaints: a field that has one is not known any more.
        plan = plan_of(request.desk, form, person, now=now)
        return _series_refused(request, person, form, refusal.reason, plan=plan)
    words = ngettext("%(count)s Termin ist gebucht: %(days)s", "%(count)s Termine sind gebucht: %(days)s", len(booked))
    days = ", ".join(date_format(one.local_start, "j.n.") for one in booked)
    messages.success(request, words % {"count": len(booked), "days": days})
    return redirect("appointment_page", office=request.desk.jobcenter.slug, public_id=booked[0].public_id)


def _series_refused(
    request: DeskRequest, person: Client, form: BookingForm, reason: Reason, *, plan: Plan
) -> HttpResponse:
    why = _("An einem der Tage hat sich etwas geändert.") if reason is Reason.STALE else str(REFUSALS[reason])
    form.add_error(FIELDS.get(reason, "weeks"), why)
    form.add_error(None, _("Gebucht ist noch nichts. Bitte sehen Sie sich die Tage noch einmal an."))
    return _page(request, person, form, plan=plan, status=409)


def _explain_first(request: DeskRequest, wish: Wish, *, now: dt.datetime) -> HttpResponse:
    task = make_call_task(desk=request.desk, wish=wish, now=now)
    messages.success(request, _("Gemerkt. Erklären Sie Video zuerst am Telefon, gebucht ist noch nichts."))
    return redirect("call_task", office=request.desk.jobcenter.slug, public_id=task.public_id)


def _book(desk: Desk, wish: Wish, asked: CallTask | None, *, now: dt.datetime) -> Appointment:
    if asked is None:
        return book_appointment(desk=desk, wish=wish, now=now)
    return book_for_task(desk=desk, task=asked, wish=wish, now=now)


def _wish(desk: Desk, person: Client, form: BookingForm) -> Wish:
    return Wish(
        client=person,
        counsellor=desk.staff,
        topic=form.cleaned_data["topic"],
        mode=Mode(form.cleaned_data["mode"]),
        starts_at=form.starts_at,
        minutes=form.cleaned_data["minutes"],
        agreed_by=form.agreed_by,
        key=form.cleaned_data["key"],
    )


def _asked_task(desk: Desk, person: Client, task_id: uuid.UUID | None) -> CallTask | None:
    """The call task the form came from; raises `NotYours` for another person's, before anything is booked."""
    if task_id is None:
        return None
    task = access_call_task(desk=desk, public_id=task_id)
    if task.client_id != person.pk:
        raise NotYours
    return task


def booked_words(appointment: Appointment) -> str:
    """What was done, and how the person hears of it."""
    if appointment.client.email:
        return _("Der Termin ist gebucht. Die Einladung geht jetzt per E-Mail hinaus.")
    return _("Der Termin ist gebucht. Es ist keine E-Mail-Adresse bekannt: Bitte sagen Sie den Termin selbst an.")


def _refused(
    request: DeskRequest, person: Client, form: BookingForm, *, wish: Wish, reason: Reason, now: dt.datetime
) -> HttpResponse:
    """The form again, as it was typed, with what is possible instead."""
    offers = None
    if reason in {*ELSEWHEN, Reason.CONSENT_WITHDRAWN}:
        wished = Wished(person, wish.counsellor, wish.topic, wish.mode, wish.starts_at, wish.minutes)
        offers = offers_for(wished=wished, reason=reason, now=now)
    elif reason is Reason.STALE:
        # The form has booked before and now says something else: from here on it is another form.
        form.data = {**{name: form.data.get(name) for name in form.data}, "key": str(uuid.uuid4())}
        form.add_error(
            None, _("Mit diesem Formular ist schon ein Termin gebucht. Stimmt alles? Dann buchen Sie noch einmal.")
        )
    else:
        form.add_error(FIELDS.get(reason), str(REFUSALS[reason]))
    plan = plan_of(request.desk, form, person, now=now)
    return _page(request, person, form, plan=plan, offers=offers, status=409)


def _page(
    request: DeskRequest,
    person: Client,
    form: BookingForm,
    *,
    plan: Plan,
    offers: Offers | None = None,
    status: int = 200,
) -> HttpResponse:
    jobcenter, offers_video = request.desk.jobcenter, request.desk.staff.offers_video
    topics = list(topics_of(jobcenter))
    offered = {mode for topic in topics for mode in topic.modes if mode != Mode.VIDEO or offers_video}
    typed = number_in(form["minutes"].value())
    context = {
        **plan,
        "form": form,
        "topics": topics,
        "modes": [(mode, jobcenter.default_minutes(mode)) for mode in Mode if mode in offered],
        "lengths": length_choices(jobcenter, *([typed] if typed is not None and typed < MOST_MINUTES else [])),
        "offers_video": offers_video,
        "most": MOST,
        # All that is missing is one key: the page begins there.
        "ready": bool(plan["starts_at"] and plan["mode"] and form["topic"].value() and not form.is_bound),
        "repeats": REPEATS,
        "withdrawn": is_withdrawn(client=person),
        "offers": offers,
        "refusal": REFUSALS[offers.reason] if offers else None,
        "today": form.today,
    }
    return render(request, "counsellor/booking.html", context, status=status)
