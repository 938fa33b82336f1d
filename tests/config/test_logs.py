"""The log of an installation names nobody, whatever went wrong."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.urls import path

from nahbar.config.logs import Discreet
from nahbar.config.settings import base

SECRET = "Elif Kaya"
PUBLIC_ID = uuid.uuid4()


def _fail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    row = IntegrityError(f"DETAIL: Failing row contains ({SECRET})")
    raise RuntimeError(f"could not store {SECRET}") from row


urlpatterns = [path("t/<uuid:public_id>", _fail, name="failing")]


@pytest.fixture
def printed() -> Iterator[StringIO]:
    """What the settings' handler would print, from the root logger down."""
    line = base.LOGGING["formatters"]["line"]
    assert line["class"] == f"{Discreet.__module__}.{Discreet.__qualname__}"
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Discreet(line["format"], style=line["style"]))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_a_crash_is_logged_by_class_place_and_route(settings: Any, printed: StringIO, db: None) -> None:
    settings.ROOT_URLCONF = __name__
    Browser(raise_request_exception=False).get(f"/t/{PUBLIC_ID}")
    said = printed.getvalue()
    assert "ERROR django.request 500 at failing" in said
    for expected in ("builtins.RuntimeError", "django.db.utils.IntegrityError", "config/test_logs.py:", "_fail"):
        assert expected in said
    for never in (SECRET, "DETAIL", str(PUBLIC_ID)):
        assert never not in said


def test_an_exception_as_message_or_argument_keeps_to_itself(printed: StringIO) -> None:
    logger = logging.getLogger("somebody.else")
    logger.error(ValueError(SECRET))
    logger.error("sending failed: %s", ValueError(SECRET))
    logger.error("sending to %(where)s failed", {"where": "x"})
    said = printed.getvalue()
    assert SECRET not in said
    assert "sending failed: ValueError" in said
    assert "sending to x failed" in said


def test_another_handlers_traceback_is_not_reused(printed: StringIO) -> None:
    logger = logging.getLogger("somebody.else")
    record = logger.makeRecord("x", logging.ERROR, "f", 1, "failed", (), (ValueError, ValueError(SECRET), None))
    record.exc_text = f"ValueError: {SECRET}"
    logger.handle(record)
    assert "builtins.ValueError" in printed.getvalue()
    assert SECRET not in printed.getvalue()


def test_a_forged_form_and_a_missing_page_are_not_logged(printed: StringIO, db: None) -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert browser.post(f"/t/{PUBLIC_ID}/oeffnen").status_code == 403
    assert browser.get("/nirgends").status_code == 404
    assert printed.getvalue() == ""


def test_a_foreign_host_is_logged_without_its_name(printed: StringIO, db: None) -> None:
    assert Browser().get("/", headers={"host": "kaya.example.org"}).status_code == 400
    assert "kaya" not in printed.getvalue()
