"""The same figures once more, by somebody who has only the tables: plain SQL for the rows, and counting by hand.

Nothing here comes from nahbar.reporting; what is counted how was taken from docs/figures.md.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

BERLIN = ZoneInfo("Europe/Berlin")
TALKS = """
    SELECT a.starts_at, a.ends_at, a.mode, a.state, a.not_held_reason, a.cancel_reason, a.cancelled_at,
           a.team_id AS team, t.name AS topic,
           a.topic_id, o.late_hours, c.id AS client, k.km,
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
# The topics that stand by themselves, by month.
Apart = dict[int, set[str]]
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


def recount(raw: Raw, *, first: dt.date, last: dt.date, team: int | None, apart: Apart) -> dict[str, Any]:
    """Every figure of a period, in plain words; `apart`: the topics that stand by themselves in a month."""
    months = range(first.year * 12 + first.month, last.year * 12 + last.month + 1)
    talks = [one for one in raw.talks if months_from(one["starts_at"]) in months and team in {None, one["team"]}]
    contacts = [one for one in raw.contacts if months_from(one["at"]) in months and team in {None, one["team"]}]
    by_video = [one for one in talks if one["mode"] == "video" and outcome(one) == "held"]
    return {
        "total": _tally(talks),
        "by_mode": {mode: _tally([one for one in talks if one["mode"] == mode]) for mode in MODES},
        "by_topic": None if team else _by_topic(talks, apart),
        "lengths": {mode: _length([t for t in talks if t["mode"] == mode and outcome(t) == "held"]) for mode in MODES},
        "travel": (
            len(by_video),
            sum(2 * one["km"] for one in by_video if one["km"] is not None),
            sum(one["km"] is None for one in by_video),
        ),
        "contacts": _ledger(contacts, of_team=team is not None),
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


def _by_topic(talks: list[dict[str, Any]], apart: Apart) -> dict[str | None, dict[str, int]]:
    found: dict[str | None, Counter[str]] = {}
    for one in talks:
        name = one["topic"] if one["topic"] in apart.get(months_from(one["starts_at"]), ()) else None
        found.setdefault(name, Counter())[outcome(one)] += 1
    return {name: dict(counted) for name, counted in found.items()}


def _tally(talks: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(outcome(one) for one in talks))


def _length(held: list[dict[str, Any]]) -> tuple[int, float | None, float | None]:
    planned = [(one["ends_at"] - one["starts_at"]).total_seconds() / 60 for one in held]
    real = [one["real_minutes"] for one in held if one["real_minutes"] is not None]
    return len(held), sum(planned) / len(planned) if planned else None, sum(real) / len(real) if real else None


def _ledger(contacts: list[dict[str, Any]], *, of_team: bool) -> dict[Any, tuple[int, int, bool]]:
    """By kind, and by own type; of a team the own types are together, as far as they count alike."""
    found: dict[Any, tuple[int, int, bool]] = dict.fromkeys(KINDS, (0, 0, True))
    for one in contacts:
        is_own = one["kind"] == "other"
        counts = bool(one["counts"]) if is_own else True
        name = (("andere" if of_team else one["type"]), counts) if is_own else one["kind"]
        many, third, _counts = found.get(name, (0, 0, True))
        found[name] = (many + 1, third + bool(one["with_third_party"]), counts)
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
    if not _is_frozen(months[-1], now):
        return set()
    teams = {one["team"] for one in (*raw.talks, *raw.people)}
    return teams - {team for month in months for team in _hidden(raw, month, teams)}


def _is_frozen(month: int, now: dt.datetime) -> bool:
    today = now.astimezone(BERLIN)
    return month < today.year * 12 + today.month - (today.day < 10)


def _hidden(raw: Raw, month: int, teams: set[int]) -> set[int]:
    talks = _of_month(raw, month)
    busy = {one["team"] for one in (*talks, *(one for one in raw.contacts if months_from(one["at"]) == month))}
    busy |= {one["team"] for one in raw.people if _since(raw, one) <= month or _steps(raw, one["id"], month)}
    return _small_and_what_hides_them(talks, "team", teams, busy)


def _of_month(raw: Raw, month: int) -> list[dict[str, Any]]:
    return [one for one in raw.talks if months_from(one["starts_at"]) == month]


def _small_and_what_hides_them(talks: list[dict[str, Any]], part: str, there: set[Any], busy: set[Any]) -> set[Any]:
    who = _who(talks, part)
    hidden = {one for one in there if len(who[one]) < 3}
    rest = sorted(there - hidden)
    while rest and hidden & busy and _too_few(hidden & busy, who):
        hidden.add(rest.pop())
    return hidden


def _who(talks: list[dict[str, Any]], part: str) -> dict[Any, set[int]]:
    """Who held talks, by team or topic."""
    who: dict[Any, set[int]] = defaultdict(set)
    for one in talks:
        if outcome(one) == "held":
            who[one[part]].add(one["staff"])
    return who


def _too_few(parts: Collection[Any], who: dict[Any, set[int]]) -> bool:
    return len(parts) < 2 or len(set().union(*(who[one] for one in parts))) < 3


# --- topics, by ranks ------------------------------------------------------------------------------


def topics_apart(raw: Raw, *, now: dt.datetime) -> Apart:
    """Which topics stand by themselves in each frozen month."""
    names = dict(sorted((one["topic_id"], one["topic"]) for one in raw.talks))
    teams = {one["team"] for one in (*raw.talks, *raw.people)}
    found: Apart = {}
    for month in {months_from(one["starts_at"]) for one in raw.talks}:
        talks = _of_month(raw, month)
        topics = {one["topic_id"] for one in talks}
        hidden_teams = _hidden(raw, month, teams)
        hidden = _small_and_what_hides_them(talks, "topic_id", topics, topics)
        rest = sorted(topics - hidden)
        while rest and too_few_follow(talks, {"team": hidden_teams, "topic_id": hidden}):
            hidden.add(rest.pop())
        found[month] = {names[one] for one in topics - hidden} if _is_frozen(month, now) else set()
    return found


def too_few_follow(talks: list[dict[str, Any]], hidden: dict[str, set[Any]]) -> bool:
    """Whether both tables of the month tell anything that fewer than three did, and the teams' alone does not.

    Told is the sum of the office and of each team and topic that is shown, of what was planned, held, and not held.
    What follows is every sum and difference of these; whether one of them has nothing but cells of two people in it,
    the ranks say, for every two people.
    """
    who: dict[tuple[Any, Any], set[int]] = defaultdict(set)
    for one in talks:
        if outcome(one) == "held":
            who[one["team"], one["topic_id"]].add(one["staff"])
    every = {(one["team"], one["topic_id"]) for one in talks}
    alone = {**hidden, "topic_id": {topic for _team, topic in every}}
    for both, teams in (
        (every, every),
        (set(who), set(who)),
        (_not_held(talks, every, hidden), _not_held(talks, every, alone)),
    ):
        few = {frozenset(who.get(cell, ())) for cell in both if len(who.get(cell, ())) < 3}
        for group in {one | other for one in few for other in few if len(one | other) < 3}:
            if _tell_of(group, sorted(both), who, hidden) and not _tell_of(group, sorted(teams), who, alone):
                return True
    return False


def _not_held(talks: list[dict[str, Any]], cells: set[Any], hidden: dict[str, set[Any]]) -> set[Any]:
    """Where something can be that was not held: a team or topic of which nothing is says so of all of it."""
    missed = {(one["team"], one["topic_id"]) for one in talks if outcome(one) != "held"}
    for at, part in enumerate(("team", "topic_id")):
        some = {cell[at] for cell in missed}
        if some & hidden[part]:
            some |= hidden[part]
        cells = {cell for cell in cells if cell[at] in some}
    return cells


def _tell_of(group: frozenset[int], cells: list[Any], who: dict[Any, set[int]], hidden: dict[str, set[Any]]) -> bool:
    """Whether something follows in which nothing of anybody else is."""
    told = [[1] * len(cells)]
    for at, part in enumerate(("team", "topic_id")):
        shown = {cell[at] for cell in cells} - hidden[part]
        told += [[int(cell[at] == one) for cell in cells] for one in shown]
    others = [number for number, cell in enumerate(cells) if not who.get(cell, set()) <= group]
    return _rank(told) > _rank([[row[number] for number in others] for row in told])


def _rank(rows: list[list[int]]) -> int:
    """Of a matrix, by elimination."""
    left, rank = [[Fraction(value) for value in row] for row in rows], 0
    while any(any(row) for row in left):
        pivot = next(row for row in left if any(row))
        at = next(number for number, value in enumerate(pivot) if value)
        left.remove(pivot)
        left = [[a - row[at] / pivot[at] * b for a, b in zip(row, pivot, strict=True)] for row in left]
        rank += 1
    return rank
