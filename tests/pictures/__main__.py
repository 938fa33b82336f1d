"""`python -m tests.pictures [NAME…]`: all scenes, or those whose name begins so, into build/pictures/."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
FOLDER = REPO / "build/pictures"


def main(names: list[str]) -> int:
    """Plays the scenes and writes the contact sheet; 1 when a scene could not be played."""
    # Whoever ends this from outside ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="nahbar-pictures-") as place:
        _prepare(Path(place))
        return _run(names)


def _prepare(place: Path) -> None:
    """A database of its own, and a copy of the static files: a build meanwhile takes nothing away."""
    shutil.copytree(REPO / "build/collected", place / "static")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.pictures.settings",
        "NAHBAR_DATABASE": f"sqlite:///{place / 'pictures.sqlite3'}",
        "NAHBAR_PICTURES_STATIC": str(place / "static"),
        # Where the demo's links stand; a running demo keeps its own.
        "NAHBAR_VAR": str(place / "var"),
    }
    import django  # noqa: PLC0415  only now the settings can be read
    from django.core.checks import run_checks  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    # Also reads every address and view now, as the web process does: nobody's edit meanwhile mixes with them.
    run_checks()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def _run(names: list[str]) -> int:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from tests.journeys.conftest import CHROMIUM, QUIET  # noqa: PLC0415
    from tests.journeys.stack import Stack  # noqa: PLC0415
    from tests.pictures.camera import Camera, Finding  # noqa: PLC0415
    from tests.pictures.scenes import SCENES  # noqa: PLC0415
    from tests.pictures.sheet import read_findings, write_sheet  # noqa: PLC0415
    from tests.pictures.stage import Stage  # noqa: PLC0415

    chosen = {name: scene for name, scene in SCENES.items() if not names or _is_meant(name, names, set(SCENES))}
    if not chosen:
        _say(f"No scene begins so. There are: {', '.join(SCENES)}")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    findings = [one for one in read_findings(FOLDER) if _scene(one.picture) not in chosen] if names else []
    for picture in FOLDER.glob("*.png"):
        if not names or _scene(picture.name) in chosen:
            picture.unlink()
    failed = []
    # Devices are there for whoever was given them; everybody else is refused as by a person's no.
    devices = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    with Stack(settings_module="tests.pictures.settings") as stack, sync_playwright() as playwright:
        # People who wait here without a line would be given up after a while.
        stack.end("clock")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *devices])
        for name, scene in chosen.items():
            began = time.monotonic()
            taken = 0
            for language, looks in scene.looks.items():
                camera = Camera(FOLDER, name, language, looks)
                stage = Stage(stack, chromium, camera)
                try:
                    scene.play(stage)
                except Exception as error:  # noqa: BLE001  the other scenes shall have their pictures
                    failed.append(name)
                    findings.append(Finding(name, "scene failed", f"{language}: {error}"))
                    _say(f"{name} ({language}): {error}")
                finally:
                    stage.close()
                findings += camera.findings
                taken += camera.taken
            _say(f"{name}: {taken} pictures, {time.monotonic() - began:.0f} s")
        chromium.close()
    count = write_sheet(FOLDER, findings)
    kinds = Counter(one.kind for one in set(findings))
    _say(f"{count} pictures in {FOLDER.relative_to(REPO)}/index.html")
    for kind, number in kinds.most_common():
        _say(f"  {number} × {kind}")
    return 1 if failed else 0


def _is_meant(scene: str, names: list[str], all_scenes: set[str]) -> bool:
    """Whether one of `names` is the scene's, or the beginning of it and no scene's."""
    return any(scene == name or (scene.startswith(name) and name not in all_scenes) for name in names)


def _scene(picture: str) -> str:
    return picture.partition(".")[0]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
