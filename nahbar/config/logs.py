"""Log lines for machines that hold people's data.

An exception's message may quote a name, PostgreSQL's DETAIL whole rows, and the path of a client's page
the open half of a link. What is printed instead is enough to find the fault: class, places, route.
"""

from __future__ import annotations

import copy
import logging
from pathlib import PurePath
from traceback import extract_tb
from types import TracebackType
from typing import Any, TypeAlias

from nahbar.outbox.faults import whereabouts

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Formats without messages of exceptions and without paths of requests."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the record itself stays as it is for other handlers."""
        shown = copy.copy(record)
        # Another handler may have left its traceback here, message included.
        shown.exc_text = None
        shown.msg, shown.args = _words(record)
        return super().format(shown)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  (logging's name)
        """Each exception of the chain by its class, with the places it passed through, outermost first."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            lines += [
                f"  {'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"
                for frame in extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def _words(record: logging.LogRecord) -> tuple[str, Any]:
    request = getattr(record, "request", None)
    if request is not None:
        # Django interpolates the path, and for suspicious requests what the exception said.
        route = getattr(getattr(request, "resolver_match", None), "view_name", None) or "no route"
        return f"{getattr(record, 'status_code', '-')} at {route}".replace("%", ""), ()
    message = whereabouts(record.msg) if isinstance(record.msg, BaseException) else record.msg
    if isinstance(record.args, tuple):
        return message, tuple(whereabouts(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
    return message, record.args
