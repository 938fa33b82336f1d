"""“Videokanäle”: how many video talks can go on at the same time."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nahbar.jobcenters.errors import Stale
from nahbar.scheduling.errors import HasFuture
from nahbar.scheduling.hours import holidays_of, office_hours
from nahbar.scheduling.models import VideoChannel
from nahbar.scheduling.offered import Load, NoMore, access_channel, add_channel, bring_back_channel, load_of_week
from nahbar.scheduling.retiring import retire_channel
from nahbar.scheduling.rules import BERLIN
from nahbar.web.office.in_the_way import listed
from nahbar.web.office.saving import revision_of
from nahbar.web.shared.desks import DeskRequest, administrator_view

ON, OFF = "on", "off"


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_view
def office_channels(request: DeskRequest) -> HttpResponse:
    """The channels and how full they are; a POST adds one."""
    desk, now = request.desk, timezone.now()
    if request.method == "POST":
        try:
            channel = add_channel(jobcenter=desk.jobcenter, revision=revision_of(request), by=desk.actor, now=now)
            text = _("Kanal %(number)s ist angelegt. Ein Gespräch mehr kann gleichzeitig stattfinden.")
            messages.success(request, text % {"number": channel.number})
        except Stale:
            messages.warning(
                request, _("Inzwischen hat sich die Einrichtung geändert. Bitte sehen Sie noch einmal hin.")
            )
        except NoMore:
            messages.warning(request, _("Mehr Kanäle gehen nicht."))
        return redirect("office_channels", desk.jobcenter.slug)
    channels = list(desk.jobcenter.channels.all())
    context = {
        "channels": channels,
        "active": sum(one.is_active for one in channels),
        "load": _load(request, now),
        "setup_page": True,
    }
    return render(request, "office/channels.html", context)


def _load(request: DeskRequest, now: dt.datetime) -> Load:
    office, today = request.desk.jobcenter, now.astimezone(BERLIN).date()
    closed = holidays_of(jobcenter=office, first=today, last=today + dt.timedelta(days=8))
    return load_of_week(jobcenter=office, hours=office_hours(office), closed=closed, now=now)


@require_POST
@administrator_view
def office_channel_offer(request: DeskRequest, channel: int) -> HttpResponse:
    """Retires a channel, or brings it back; what finds no other one is listed instead."""
    desk, now = request.desk, timezone.now()
    found = access_channel(desk=desk, channel=channel)
    if request.POST.get("wanted") == ON:
        if bring_back_channel(channel=found, by=desk.actor, now=now):
            messages.success(request, _("Der Kanal ist wieder da."))
    elif request.POST.get("wanted") == OFF:
        try:
            if retire_channel(channel=found, by=desk.actor, now=now):
                messages.success(request, _("Der Kanal ist stillgelegt. Was darauf gebucht war, hat einen anderen."))
        except HasFuture as future:
            return _no_room(request, found, future)
    return redirect("office_channels", desk.jobcenter.slug)


def _no_room(request: DeskRequest, channel: VideoChannel, future: HasFuture) -> HttpResponse:
    context = listed(future) | {"channel": channel, "setup_page": True}
    return render(request, "office/channel_in_use.html", context, status=409)
