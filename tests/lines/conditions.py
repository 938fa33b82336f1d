"""What a line does to packets, as tests and the emulator's process both speak of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Both directions alike. The default is a perfect line."""

    # kbit/s; 0 is as fast as this machine.
    rate: float = 0
    # Milliseconds one way, and how far a packet may stray from that.
    delay: float = 0
    jitter: float = 0
    # Percent, and how many packets are lost in a row on average.
    loss: float = 0
    burst: float = 1
    # Milliseconds of data that wait before more is dropped.
    queue: float = 400
    # Nothing passes.
    cut: bool = False
    # What a firewall swallows: "udp", "tcp/7881".
    blocked: tuple[str, ...] = ()

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The other way."""
        values = json.loads(line)
        return cls(**{**values, "blocked": tuple(values["blocked"])})
