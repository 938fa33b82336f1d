"""Reading settings from the environment, strictly.

A missing or malformed value does not raise here: it is collected in `PROBLEMS`, and the system
checks (`nahbar.config.checks`) report every one of them with a hint, so that an operator sees the
whole list at once instead of one traceback after another.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Problem:
    """One variable that is missing or wrong, and what to do about it."""

    variable: str
    what: str
    hint: str


PROBLEMS: list[Problem] = []


def text(name: str, *, default: str | None = None, hint: str = "") -> str:
    """The variable's value; without `default` its absence is a problem."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        PROBLEMS.append(Problem(name, "is not set", hint or f"Set {name} in the environment."))
        return ""
    return default


def secret(name: str, *, at_least: int, hint: str) -> str:
    """A secret of at least `at_least` characters."""
    value = text(name, hint=hint)
    if value and len(value) < at_least:
        PROBLEMS.append(Problem(name, f"has fewer than {at_least} characters", hint))
    return value


def words(name: str, *, default: str = "") -> list[str]:
    """A comma-separated list; empty entries are dropped."""
    return [part.strip() for part in text(name, default=default).split(",") if part.strip()]


def number(name: str, *, default: int) -> int:
    """A whole number."""
    value = text(name, default=str(default))
    try:
        return int(value)
    except ValueError:
        PROBLEMS.append(Problem(name, f"is not a whole number: {value!r}", f"For example {name}={default}."))
        return default


def flag(name: str, *, default: bool) -> bool:
    """`1`/`true`/`yes` or `0`/`false`/`no`."""
    value = text(name, default="yes" if default else "no").lower()
    if value not in {"1", "true", "yes", "0", "false", "no"}:
        PROBLEMS.append(Problem(name, f"is neither yes nor no: {value!r}", f"Set {name}=yes or {name}=no."))
    return value in {"1", "true", "yes"}


SQLITE_OPTIONS = {
    # Immediate transactions: a read-then-write never meets "database is locked" half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database(name: str) -> dict[str, Any]:
    """Django's database dict from `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    hint = f"{name}=sqlite:////srv/nahbar/db.sqlite3 or {name}=postgresql://user:password@host:5432/nahbar"
    url = urlsplit(text(name, hint=hint))
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path).removeprefix("/") or ":memory:",
            "OPTIONS": dict(SQLITE_OPTIONS),
            "TEST": {"NAME": None},
        }
    if url.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.removeprefix("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(url.query)),
        }
    if url.scheme or url.path:
        PROBLEMS.append(Problem(name, "names neither sqlite:// nor postgresql://", hint))
    # A database that opens nothing: the checks report the problem before anything asks for it.
    return {"ENGINE": "django.db.backends.dummy"}
