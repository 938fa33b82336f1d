"""What the clock does for the outbox and, because they lie below and cannot register, the retention runs."""

from datetime import datetime

from nahbar.audit.nightly import nightly
from nahbar.outbox import operations
from nahbar.outbox.clockwork import every


@every(1, "outbox.repair")
def repair(now: datetime) -> int:
    return operations.repair(now=now)


@every(600, "retention.nightly")
def retention(now: datetime) -> object:
    return nightly(now=now)
