"""Where a scene plays: browsers before the running stack, in one language."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page

from nahbar.outbox.models import OutboxMessage
from nahbar.outbox.rules import FATES, State
from nahbar.people.models import StaffMember
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.stack import Stack
from tests.pictures.camera import Camera

MAIL_SECONDS = 60
Play = Callable[["Stage"], None]


@dataclass
class Stage:
    """What a scene plays with."""

    stack: Stack
    chromium: Chromium
    camera: Camera
    opened: list[BrowserContext] = field(default_factory=list)

    def take(self, page: Page, state: str = "") -> None:
        """Pictures of a page in all looks."""
        self.camera.take(page, state)

    def phone(
        self, path: str = "", *, cookie: str = "", devices: bool = True, script: str = "", **options: Any
    ) -> Page:
        """A phone with a device's cookie; `devices` says yes to camera and microphone."""
        cookies = {settings.NAHBAR_DEVICE_COOKIE: cookie}
        return self._open(path, {**PHONE, **options}, cookies, devices=devices, script=script)

    def desk(self, path: str = "", *, staff: StaffMember | None = None, devices: bool = True) -> Page:
        """A computer where `staff` is signed in."""
        browser = Browser()
        if staff is not None:
            browser.force_login(staff)
        session = browser.cookies.get(settings.SESSION_COOKIE_NAME)
        cookies = {settings.SESSION_COOKIE_NAME: session.value if session else ""}
        return self._open(path, dict(DESK), cookies, devices=devices)

    def _open(
        self, path: str, options: dict[str, Any], cookies: dict[str, str], *, devices: bool, script: str = ""
    ) -> Page:
        context = self.chromium.new_context(base_url=self.stack.base_url, **options)
        self.opened.append(context)
        if devices:
            context.grant_permissions(["camera", "microphone"], origin=self.stack.base_url)
        if script:
            context.add_init_script(script)
        cookies = {**cookies, settings.LANGUAGE_COOKIE_NAME: self.camera.language}
        context.add_cookies(
            [{"name": name, "value": value, "url": self.stack.base_url} for name, value in cookies.items() if value]
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        first = self.camera.looks[0]
        page.set_viewport_size({"width": first.width, "height": first.height})
        self.camera.watch(page)
        if path:
            page.goto(path)
        return page

    def settle_mail(self, *, last: State | None = None) -> None:
        """Waits until no mail is under way; `last` is what must have become of the latest one."""
        end = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < end:
            open_ones = OutboxMessage.objects.exclude(state__in=FATES)
            newest = OutboxMessage.objects.order_by("-pk").first()
            if not open_ones.exists() and (last is None or (newest and newest.state == last)):
                return
            time.sleep(0.1)
        raise TimeoutError(f"mail was still under way after {MAIL_SECONDS} s")

    def close(self) -> None:
        """Closes every browser window of the scene."""
        for context in self.opened:
            context.unroute_all(behavior="ignoreErrors")
            context.close()
        self.opened.clear()
