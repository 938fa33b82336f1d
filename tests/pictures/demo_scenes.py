"""The demo's own pages."""

from __future__ import annotations

import json

from nahbar.onboarding.launch.demo import LINKS
from tests.pictures.staff_scenes import demo
from tests.pictures.stage import Stage


def doors(stage: Stage) -> None:
    """As a phone meets them: with what the launcher writes once everything answers."""
    LINKS.parent.mkdir(parents=True, exist_ok=True)
    LINKS.write_text(json.dumps(demo()))
    stage.take(stage.desk("/demo/"))
