"""The same figures once more, by somebody who has only the tables: plain SQL for the rows, and counting by hand.

Nothing here comes from nahbar.reporting; what is counted how was taken from docs/figures.md.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

BERLIN = ZoneInfo("Europe/Berlin")
TALKS = """
    SELECT a.starts_at, a.ends_at, a.mode, a.state, a.not_held_reason, a.cancel_reason, a.cancelled_at,
           a.team_id AS team, t.name AS topic, o.late_hours, c.id AS client, k.km,
           k.minutes AS real_minutes, h.staff_id AS staff,
           EXISTS (
               SELECT 1 FROM invitations_device d
               JOIN invitations_invitation i ON i.id = d.invitation_id
               JOIN consent_consent y ON y.client_id = c.id AND y.purpose = 'video_counselling' AND y.state = 'given'
               WHERE i.participation_id = w.id AND i.generation = d.generation AND d.proven_at IS NOT NULL
                 AND CAST(d.checks AS text) LIKE '%%"microphone": "ok"%%'
           ) AS is_prepared
    FROM scheduling_appointment a
    JOIN jobcenters_jobcenter o ON o.id = a.jobcenter_id
    JOIN scheduling_topic t ON t.id = a.topic_id
    JOIN scheduling_participation w ON w.appointment_id = a.id AND w.role = 'client'
    JOIN scheduling_participation h ON h.appointment_id = a.id AND h.role = 'counsellor'
    JOIN people_client c ON c.id = w.client_id
    LEFT JOIN scheduling_contact k ON k.appointment_id = a.id
    WHERE o.slug = %s AND a.cancel_reason <> 'mistake'
"""
CONTACTS = """
    SELECT k.at, k.kind, k.with_third_party, y.name AS type, y.counts, k.team_id AS team, k.client_id AS client
    FROM scheduling_contact k
    JOIN jobcenters_jobcenter o ON o.id = k.jobcenter_id
    LEFT JOIN scheduling_contacttype y ON y.id = k.own_type_id
    WHERE o.slug = %s
"""
PEOPLE = """
    SELECT c.id, c.team_id AS team, c.created_at FROM people_client c
    JOIN jobcenters_jobcenter o ON o.id = c.jobcenter_id WHERE o.slug = %s
"""
CALLS = """
    SELECT k.client_id AS client, k.created_at FROM scheduling_calltask k
    JOIN jobcenters_jobcenter o ON o.id = k.jobcenter_id WHERE o.slug = %s
"""
NOT_HELD = {"no_show": "client", "office": "office", "technical": "technical", "unknown": "unknown", "": "unknown"}
MODES = ["video", "telephone", "on_site", "outreach_visit"]
KINDS = ["in_person", "telephone", "video", "outreach"]


@dataclass
class Raw:
    """All rows of one office."""

    talks: list[dict[str, Any]]
    contacts: list[dict[str, Any]]
    people: list[dict[str, Any]]
    calls: list[dict[str, Any]]


def read(office: str, *, now: dt.datetime) -> Raw:
    """What the tables say, as far as it is over by now."""
    talks, contacts, calls = _rows(TALKS, office), _rows(CONTACTS, office), _rows(CALLS, office)
    return Raw(
        talks=[row for row in talks if row["ends_at"] <= now],
        contacts=[row for row in contacts if row["at"] < now],
        people=[row for row in _rows(PEOPLE, office) if row["created_at"] < now],
        calls=[row for row in calls if row["created_at"] < now],
    )


def _rows(sql: str, office: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [office])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return [{name: _moment(name, value) for name, value in row.items()} for row in rows]


def _moment(name: str, value: Any) -> Any:
    """SQLite keeps moments as text in UTC."""
    if value is None or not (name.endswith("_at") or name == "at"):
        return value
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def months_from(moment: dt.datetime) -> int:
    """A number for the month, as a clock in Berlin shows it."""
    local = moment.astimezone(BERLIN)
    return local.year * 12 + local.month


def outcome(talk: dict[str, Any]) -> str:
    """What came of it."""
    if talk["state"] in {"planned", "held"}:
        return {"planned": "open", "held": "held"}[talk["state"]]
    if talk["state"] == "not_held":
        return NOT_HELD[talk["not_held_reason"]]
    if talk["cancelled_at"] is None:
        return "cancelled"
    before = (talk["starts_at"] - talk["cancelled_at"]).total_seconds()
    if before <= 0:
        return "cancelled_after"
    return "cancelled_late" if before < talk["late_hours"] * 3600 else "cancelled"


def recount(raw: Raw, *, first: dt.date, last: dt.date, team: int | None) -> dict[str, Any]:
    """Every figure of a period, in plain words."""
    months = range(first.year * 12 + first.month, last.year * 12 + last.month + 1)
    talks = [one for one in raw.talks if months_from(one["starts_at"]) in months and team in {None, one["team"]}]
    contacts = [one for one in raw.contacts if months_from(one["at"]) in months and team in {None, one["team"]}]
    by_video = [one for one in talks if one["mode"] == "video" and outcome(one) == "held"]
    return {
        "total": _tally(talks),
        "by_mode": {mode: _tally([one for one in talks if one["mode"] == mode]) for mode in MODES},
        "by_topic": None
        if team
        else {name: _tally([t for t in talks if t["topic"] == name]) for name in _topics(talks)},
        "lengths": {mode: _length([t for t in talks if t["mode"] == mode and outcome(t) == "held"]) for mode in MODES},
        "travel": (
            len(by_video),
            sum(2 * one["km"] for one in by_video if one["km"] is not None),
            sum(one["km"] is None for one in by_video),
        ),
        "contacts": _ledger(contacts),
        "person_months": sum(
            _since(raw, person) <= month for person in raw.people for month in months if team in {None, person["team"]}
        ),
        "funnel": _funnel(raw, months, team),
    }


def _since(raw: Raw, person: dict[str, Any]) -> int:
    """The first month in which there was a file: two that are merged began with the older one."""
    talks = [one["starts_at"] for one in raw.talks if one["client"] == person["id"]]
    contacts = [one["at"] for one in raw.contacts if one["client"] == person["id"]]
    return months_from(min([person["created_at"], *talks, *contacts]))


def _topics(talks: list[dict[str, Any]]) -> list[str]:
    return sorted({one["topic"] for one in talks})


def _tally(talks: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(outcome(one) for one in talks))


def _length(held: list[dict[str, Any]]) -> tuple[int, float | None, float | None]:
    planned = [(one["ends_at"] - one["starts_at"]).total_seconds() / 60 for one in held]
    real = [one["real_minutes"] for one in held if one["real_minutes"] is not None]
    return len(held), sum(planned) / len(planned) if planned else None, sum(real) / len(real) if real else None


def _ledger(contacts: list[dict[str, Any]]) -> dict[str, tuple[int, int, bool]]:
    names = {*KINDS, *(one["type"] for one in contacts if one["kind"] == "other")}
    found = {}
    for name in names:
        those = [one for one in contacts if name == (one["type"] if one["kind"] == "other" else one["kind"])]
        counts = all(one["counts"] for one in those if one["kind"] == "other")
        found[name] = (len(those), sum(bool(one["with_third_party"]) for one in those), counts)
    return found


def _funnel(raw: Raw, months: range, team: int | None) -> tuple[int, int, int, int, int]:
    steps: Counter[str] = Counter()
    for person in raw.people:
        if team in {None, person["team"]}:
            for month in months:
                steps.update(_steps(raw, person["id"], month))
    return steps["offered"], steps["chosen"], steps["prepared"], steps["tried"], steps["again"]


def _steps(raw: Raw, person: int, month: int) -> list[str]:
    every = [one for one in raw.talks if one["client"] == person and one["mode"] == "video"]
    here = [one for one in every if months_from(one["starts_at"]) == month]
    held = [one for one in here if outcome(one) == "held"]
    called = any(one["client"] == person and months_from(one["created_at"]) == month for one in raw.calls)
    steps = ["offered"] if here or called else []
    steps += ["chosen"] if here else []
    steps += ["prepared"] if held or any(one["is_prepared"] for one in here) else []
    steps += ["tried"] if held else []
    came_before = any(
        other["starts_at"] < one["starts_at"] for one in held for other in every if outcome(other) == "held"
    )
    return [*steps, "again"] if came_before else steps


def shown_teams(raw: Raw, *, first: dt.date, last: dt.date, now: dt.datetime) -> set[int]:
    """Which teams may be seen in a period: none before the tenth of the month after it."""
    months = range(first.year * 12 + first.month, last.year * 12 + last.month + 1)
    today = now.astimezone(BERLIN)
    if months[-1] >= today.year * 12 + today.month - (today.day < 10):
        return set()
    teams = {one["team"] for one in (*raw.talks, *raw.people)}
    return teams - {team for month in months for team in _hidden(raw, month, teams)}


def _hidden(raw: Raw, month: int, teams: set[int]) -> set[int]:
    talks = [one for one in raw.talks if months_from(one["starts_at"]) == month]
    who = {team: {one["staff"] for one in talks if one["team"] == team and outcome(one) == "held"} for team in teams}
    many = Counter(one["team"] for one in talks)
    busy = {one["team"] for one in (*talks, *(one for one in raw.contacts if months_from(one["at"]) == month))}
    busy |= {one["team"] for one in raw.people if _since(raw, one) <= month or _steps(raw, one["id"], month)}
    hidden = {team for team in teams if len(who[team]) < 3}
    rest = sorted(teams - hidden, key=lambda team: (many[team], team))
    while rest and hidden & busy and (len(hidden & busy) < 2 or len(set().union(*(who[t] for t in hidden & busy))) < 3):
        hidden.add(rest.pop(0))
    return hidden
