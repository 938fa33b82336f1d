"""Who waits: the panel of the day page and the answer to every staff page that asks."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, replace

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nahbar.calls.models import CallParticipation, TakeOver
from nahbar.calls.queries import ask_again, asking_of, waiting_for, waiting_for_absent
from nahbar.invitations.rules import Check, CheckResult
from nahbar.people.models import StaffMember
from nahbar.people.queries import Desk
from nahbar.web.shared.desks import DeskRequest, desk_view


@dataclass(frozen=True)
class Waiting:
    """One person in the waiting room, as pages show them; the names are those of the JSON answer."""

    appointment: str
    name: str
    initials: str
    since: str
    startsAt: str  # noqa: N815  the browser's spelling
    url: str
    admitUrl: str  # noqa: N815
    seenUrl: str  # noqa: N815
    checks: list[str]
    state: str
    takeUrl: str  # noqa: N815
    # In whose place; empty for one's own.
    deputyFor: str = ""  # noqa: N815

    @property
    def since_at(self) -> dt.datetime:
        """Since when they wait."""
        return dt.datetime.fromisoformat(self.since)

    @property
    def starts_at(self) -> dt.datetime:
        """When their appointment begins."""
        return dt.datetime.fromisoformat(self.startsAt)


@dataclass(frozen=True)
class Asking:
    """One person in a talk who asks to go on with another device."""

    appointment: str
    name: str
    initials: str
    since: str
    startsAt: str  # noqa: N815
    changeUrl: str  # noqa: N815
    refuseUrl: str  # noqa: N815
    seenUrl: str  # noqa: N815


def asking_list(*, desk: Desk) -> list[Asking]:
    """Everybody who asks the desk's staff member so; one query."""
    return [_describe_asking(desk, request) for request in asking_of(desk=desk)]


def _describe_asking(desk: Desk, request: TakeOver) -> Asking:
    appointment, client = request.place.call.appointment, request.place.participation.client
    assert client is not None  # only clients ask
    path = [desk.jobcenter.slug, appointment.public_id]
    return Asking(
        appointment=str(appointment.public_id),
        name=client.full_name,
        initials=client.initials,
        since=request.asked_at.isoformat(),
        startsAt=appointment.starts_at.isoformat(),
        changeUrl=reverse("staff_change_device", args=path),
        refuseUrl=reverse("staff_refuse_device", args=path),
        seenUrl=reverse("staff_seen", args=path),
    )


def waiting_list(*, desk: Desk, now: dt.datetime) -> list[Waiting]:
    """Everybody who waits for the desk's staff member, then for whom they stand in; one query for each."""
    own = [_describe(desk, place) for place in waiting_for(desk=desk)]
    others = waiting_for_absent(desk=desk, now=now)
    return own + [_in_the_place_of(absent, _describe(desk, place)) for place, absent in others]


def _in_the_place_of(absent: StaffMember, one: Waiting) -> Waiting:
    # Only whoever holds an appointment can let somebody in: the deputy takes it over first.
    return replace(one, deputyFor=absent.formal_name_dative, admitUrl="")


def _describe(desk: Desk, place: CallParticipation) -> Waiting:
    appointment, client = place.call.appointment, place.participation.client
    assert client is not None  # waiting_for() asks for clients only
    path = [desk.jobcenter.slug, appointment.public_id]
    return Waiting(
        appointment=str(appointment.public_id),
        name=client.full_name,
        initials=client.initials,
        since=(place.waiting_since or appointment.starts_at).isoformat(),
        startsAt=appointment.starts_at.isoformat(),
        url=reverse("appointment_page", args=path),
        admitUrl=reverse("staff_call", args=path) + "?einlassen=1",
        seenUrl=reverse("staff_seen", args=path),
        checks=check_words(place.device.checks if place.device else {}),
        state=place.state,
        takeUrl=reverse("appointment_take_over", args=path),
    )


def check_words(checks: dict[str, str]) -> list[str]:
    """What the person's device has tried, in words; consent is the door to the waiting room."""
    said = [_("Einverständnis liegt vor")]
    microphone, camera = checks.get(Check.MICROPHONE), checks.get(Check.CAMERA)
    if microphone == camera == CheckResult.OK:
        said.append(_("Mikrofon und Kamera geprüft"))
    elif microphone == CheckResult.OK:
        said.append(_("Mikrofon geprüft, ohne Kamera"))
    elif microphone == CheckResult.FAILED:
        said.append(_("Mikrofon nicht gelungen"))
    return said


@require_safe
@desk_view
def waiting_poll(request: DeskRequest) -> HttpResponse:
    """The same as JSON, with an ETag; how soon to ask again also stands in a header, for a 304."""
    now = timezone.now()
    waiting, asking = waiting_list(desk=request.desk, now=now), asking_list(desk=request.desk)
    seconds = ask_again(desk=request.desk, waiting=[*waiting, *asking], now=now)
    lists = {"waiting": [asdict(one) for one in waiting], "asking": [asdict(one) for one in asking]}
    body = json.dumps(lists | {"askAgain": seconds})
    # No secret: the tag only has to differ when the answer does.
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
    response = HttpResponse(body, content_type="application/json", headers={"ETag": etag})
    answer = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(answer, HttpResponse)
    answer["X-Ask-Again"] = str(seconds)
    return answer
