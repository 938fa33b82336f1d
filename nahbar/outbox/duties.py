"""What the clock does for the outbox and, because it lies below and cannot register, the audit."""

from datetime import datetime

from nahbar.audit import operations as audit
from nahbar.outbox import operations
from nahbar.outbox.clockwork import every


@every(1, "outbox.repair")
def repair(now: datetime) -> int:
    return operations.repair(now=now)


@every(3600, "outbox.forget")
def forget(now: datetime) -> int:
    return operations.forget(now=now)


@every(3600, "audit.forget")
def forget_audit(now: datetime) -> int:
    return audit.forget(now=now)
