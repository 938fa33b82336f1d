"""The retention runs: once a night, in small steps, with a log that proves them.

Whichever clock asks first claims the night's row and keeps its claim alive with every step. When it dies, the
claim runs out and another clock goes on where it stopped: a rule asks the database what is due, and what is gone
is not due. Each step is one transaction, and between two of them there is room for bookings.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from nahbar.audit.models import RetentionEntry, RetentionRun
from nahbar.audit.operations import record
from nahbar.audit.retention import Rule, Tallies, rules
from nahbar.audit.rules import SYSTEM, About, Action, Actor

logger = logging.getLogger(__name__)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT_BEGINS, NIGHT_ENDS = dt.time(1), dt.time(5)
# Longer than the longest step, shorter than the night.
LEASE = dt.timedelta(minutes=5)
# Between two steps the database is everybody's, for this share of what a step took.
PAUSE, LONGEST_PAUSE = 0.3, 0.5
ERRORS_LENGTH = 400


class LostClaim(Exception):
    """Another clock took this one for dead and goes on in its place."""


def nightly(*, now: dt.datetime) -> RetentionRun | None:
    """Carry out the night's run; None by day, when the night is done, and while another clock is at it."""
    local = now.astimezone(BERLIN)
    return run_now(now=now) if NIGHT_BEGINS <= local.time() < NIGHT_ENDS else None


def run_now(*, now: dt.datetime) -> RetentionRun | None:
    """As `nightly`, at any hour: an operator's wish."""
    run = claim_night(now=now)
    if run is not None:
        carry_out(run=run, now=now)
    return run


def claim_night(*, now: dt.datetime) -> RetentionRun | None:
    """The night's run for whoever asks first, or after a clock that died; a compare-and-set."""
    night = {"night": now.astimezone(BERLIN).date(), "is_trial": False}
    run, _created = RetentionRun.objects.get_or_create(**night, defaults={"started_at": now})
    free = RetentionRun.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=run.pk, finished_at=None)
    if not free.update(claim=uuid.uuid4(), claimed_until=now + LEASE):
        return None
    run.refresh_from_db()
    return run


def carry_out(*, run: RetentionRun, now: dt.datetime) -> None:
    """Every rule to its end. One that fails is noted by name and class, and keeps no other from its turn.

    Ends without a word when another clock has taken the run over. Otherwise the database counts its tables anew.
    """
    began, errors = time.monotonic(), []
    try:
        for rule in rules():
            try:
                _clear(rule, run=run, now=now, began=began)
            except LostClaim:
                raise
            except Exception as exc:  # noqa: BLE001  whatever it is, the other rules go on
                errors.append(f"{rule.name}:{type(exc).__name__}")
                logger.error("retention rule=%s failed: %s", rule.name, type(exc).__name__)
    except LostClaim:
        logger.warning("retention night=%s was taken over by another clock", run.night)
        return
    finished_at = _later(now, began)
    mine = RetentionRun.objects.filter(pk=run.pk, claim=run.claim)
    mine.update(finished_at=finished_at, errors=",".join(errors)[:ERRORS_LENGTH], claim=None, claimed_until=None)
    run.refresh_from_db()
    count_anew()


def count_anew() -> None:
    """Have the database's planner know how large its tables are now: SQLite never looks by itself.

    Without it SQLite takes an office's appointments for ten, and begins with a year of them to find one.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _clear(rule: Rule, *, run: RetentionRun, now: dt.datetime, began: float) -> None:
    total = 0
    while True:
        step_began = time.monotonic()
        tallies = _step(rule, run=run, now=now, at=_later(now, began))
        if not tallies:
            break
        total += sum(tally.count for tally in tallies.values())
        time.sleep(min(LONGEST_PAUSE, (time.monotonic() - step_began) * PAUSE))
    if total:
        about = About("retention", rule.name)
        record(action=Action.DELETED, by=SYSTEM, office="", about=about, detail={"count": total}, now=now)
        logger.info("retention rule=%s deleted=%d", rule.name, total)


@transaction.atomic
def _step(rule: Rule, *, run: RetentionRun, now: dt.datetime, at: dt.datetime) -> Tallies:
    """Delete a few and write down how many, both or neither."""
    held = RetentionRun.objects.filter(pk=run.pk, claim=run.claim, finished_at=None)
    if not held.update(claimed_until=at + LEASE):
        raise LostClaim
    tallies = rule.delete(now=now, limit=rule.batch)
    _note(run, rule, tallies, at=at)
    return tallies


def _note(run: RetentionRun, rule: Rule, tallies: Tallies, *, at: dt.datetime) -> None:
    for office, tally in tallies.items():
        values = {"count": tally.count, "oldest_at": tally.oldest_at, "at": at}
        RetentionEntry.objects.create(run=run, rule=rule.name, office=office, **values)


def _later(now: dt.datetime, began: float) -> dt.datetime:
    return now + dt.timedelta(seconds=time.monotonic() - began)


@transaction.atomic
def trial(*, by: Actor, office: str, now: dt.datetime) -> RetentionRun:
    """Count what a run would delete now and keep the counts; nothing else changes. Audited."""
    night = now.astimezone(BERLIN).date()
    run = RetentionRun.objects.create(night=night, is_trial=True, started_at=now, finished_at=now)
    for rule in rules():
        _note(run, rule, rule.count(now=now), at=now)
    record(action=Action.RETENTION_TRIED, by=by, office=office, about=About("retention", str(run.pk)), now=now)
    return run
