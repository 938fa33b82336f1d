"""“Themen”: what can be booked, and in which ways."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.rules import Mode
from nahbar.scheduling.errors import HasFuture
from nahbar.scheduling.models import Topic
from nahbar.scheduling.offered import access_topic, add_topic, bring_back_topic, change_topic, planned_by_topic
from nahbar.scheduling.retiring import retire_topic
from nahbar.web.office.effect_words import mode_forbidden
from nahbar.web.office.forms import Dressed
from nahbar.web.office.in_the_way import listed, seal_of
from nahbar.web.office.saving import Saving, carry_out, revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ON, OFF = "on", "off"


class TopicForm(Dressed, forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """What it is called, and which ways the office allows."""

    class Meta:
        model = Topic
        fields = ("name", "allows_video", "allows_telephone", "allows_on_site", "allows_outreach_visit")
        labels = {"name": gettext_lazy("Name")} | {f"allows_{mode.value}": mode.label for mode in Mode}
        help_texts = {"name": gettext_lazy("Zum Beispiel: Berufliche Ziele")}  # noqa: RUF012

    def clean(self) -> dict[str, Any]:
        """At least one way is left."""
        cleaned: dict[str, Any] = self.cleaned_data
        if not any(cleaned.get(f"allows_{mode.value}") for mode in Mode):
            self.add_error("allows_video", _("Bitte wählen Sie mindestens eine Art."))
        return cleaned

    @property
    def ways(self) -> list[forms.BoundField]:
        """The boxes, in the order in which modes are offered."""
        return [self[f"allows_{mode.value}"] for mode in Mode]


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_topics(request: DeskRequest) -> HttpResponse:
    """The list, and the form for one more."""
    desk, now = request.desk, timezone.now()
    if request.method != "POST":
        return _list(request, TopicForm())
    form = TopicForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    saving = Saving(
        title=_("Thema anlegen"),
        save=lambda: add_topic(
            jobcenter=desk.jobcenter,
            values=form.cleaned_data,
            revision=revision_of(request),
            by=desk.actor,
            now=now,
        ),
        done=_("Das Thema ist angelegt und kann gebucht werden."),
        page="office_topics",
    )
    return carry_out(request, form, saving, again=lambda again, status: _list(request, again, status))


def _list(request: DeskRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    office = request.desk.jobcenter
    planned = planned_by_topic(jobcenter=office, now=timezone.now())
    topics = [
        {"topic": one, "planned": sum(planned.get(one.pk, Counter()).values())}
        for one in office.topics.order_by("-is_active", "name")
    ]
    return render(request, "office/topics.html", {"form": form, "topics": topics, "setup_page": True}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_topic(request: DeskRequest, topic: int) -> HttpResponse:
    """One topic, to be changed."""
    desk, now = request.desk, timezone.now()
    found = access_topic(desk=desk, topic=topic)
    if request.method != "POST":
        return _one(request, found, TopicForm(instance=copy(found)))
    form = TopicForm(request.POST, instance=copy(found))
    if not form.is_valid():
        return _one(request, found, form, 422)
    saving = Saving(
        title=_("Thema ändern"),
        effects=_effects(found, form, now),
        save=lambda: change_topic(
            topic=found, values=form.cleaned_data, revision=revision_of(request), by=desk.actor, now=now
        ),
        done=_("Das Thema ist gespeichert."),
        page="office_topics",
    )
    return carry_out(request, form, saving, again=lambda again, status: _one(request, found, again, status))


def _one(request: DeskRequest, topic: Topic, form: forms.BaseForm, status: int = 200) -> HttpResponse:
    return render(request, "office/topic.html", {"form": form, "topic": topic, "setup_page": True}, status=status)


def _effects(topic: Topic, form: TopicForm, now: dt.datetime) -> list[str]:
    planned = planned_by_topic(jobcenter=topic.jobcenter, now=now).get(topic.pk, Counter())
    gone = [mode for mode in topic.modes if not form.cleaned_data[f"allows_{mode.value}"]]
    return [text for text in (mode_forbidden(mode, planned[mode.value]) for mode in gone) if text]


@require_POST
@administrator_view
def office_topic_offer(request: DeskRequest, topic: int) -> HttpResponse:
    """Retires a topic, or brings it back; what still has it is listed first, and may keep it."""
    desk, now = request.desk, timezone.now()
    found = access_topic(desk=desk, topic=topic)
    if request.POST.get("wanted") == ON:
        if bring_back_topic(topic=found, by=desk.actor, now=now):
            messages.success(request, _("Das Thema kann wieder gebucht werden."))
    elif request.POST.get("wanted") == OFF:
        try:
            retired = retire_topic(topic=found, by=desk.actor, now=now)
        except HasFuture as future:
            if request.POST.get("kept") != seal_of(future):
                return _still_there(request, found, future)
            retired = retire_topic(topic=found, by=desk.actor, now=now, kept_by_planned=True)
        if retired:
            messages.success(request, _("Das Thema wird nicht mehr angeboten. Vereinbarte Termine behalten es."))
    return redirect("office_topics", desk.jobcenter.slug)


def _still_there(request: DeskRequest, topic: Topic, future: HasFuture) -> HttpResponse:
    context = listed(future) | {"topic": topic, "seal": seal_of(future), "setup_page": True}
    return render(request, "office/topic_in_use.html", context, status=409)
