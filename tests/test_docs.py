"""The documentation is true where a machine can tell: links, variables, targets, nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
SETTINGS = REPO / "nahbar/config/settings"
READERS = {"text", "secret", "words", "number", "flag", "database"}
# Markdown's `[…](target)` and the one form of HTML that pictures take.
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
DUTY = re.compile(r"\bevery\([^()\"]*\"([a-z]+\.[a-z]+)\"\)")
TARGET = re.compile(r"\bmake ([a-z-]+)")
ELSEWHERE = ("http:", "https:", "mailto:")
# Folders of somebody's machine, and hosts of somebody's registry.
OF_ONE_MACHINE = re.compile(r"/(?:work|root|home|Users)/|/tmp/|\b(?:pypi|npmjs|artifactory|nexus|proxy\.golang)\b")


def _pages() -> list[Path]:
    """Every page of the repository, written but not yet committed ones included."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    names = subprocess.run(listed, cwd=REPO, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted(path for name in names if name and (path := REPO / name).exists())


PAGES = _pages()
NAMES = [str(page.relative_to(REPO)) for page in PAGES]


def _anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as the common forges make them."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _is_broken(page: Path, link: str) -> bool:
    target, _, anchor = link.partition("#")
    found = (page.parent / target).resolve() if target else page
    if not found.is_relative_to(REPO) or not found.exists():
        return True
    return bool(anchor) and anchor not in _anchors(found)


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_links_lead_somewhere(document: Path) -> None:
    prose = CODE.sub("", document.read_text(encoding="utf-8"))
    links = [first or second for first, second in LINK.findall(prose)]
    inner = [link for link in links if not link.startswith(ELSEWHERE)]

    assert [link for link in inner if _is_broken(document, link)] == []


@pytest.mark.parametrize("document", PAGES, ids=NAMES)
def test_pages_name_no_machine(document: Path) -> None:
    assert OF_ONE_MACHINE.findall(document.read_text(encoding="utf-8")) == []


def _variables() -> set[str]:
    """Names given to the readers in `nahbar.config.settings.environment`."""
    calls = [
        node
        for path in SETTINGS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS
    ]
    first = [node.args[0] for node in calls if node.args]
    return {name.value for name in first if isinstance(name, ast.Constant) and isinstance(name.value, str)}


def test_every_environment_variable_is_explained() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (REPO / "docs/operate").glob("*.md"))
    rows = set(re.findall(r"^\| `(NAHBAR_\w+)` \|", text, re.MULTILINE))

    assert _variables() - rows == set()
    assert len(_variables()) > 20  # the reading itself still works


def test_no_variable_is_explained_that_nothing_reads() -> None:
    rows = set(re.findall(r"^\| `(NAHBAR_\w+)` \|", (REPO / "docs/operate/README.md").read_text(), re.MULTILINE))
    of_tools = {"NAHBAR_HOME", "NAHBAR_LIVEKIT_BINARY"}

    assert rows - of_tools == _variables()


def test_every_door_is_named() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    told = [line for line in makefile.splitlines() if line.startswith('\t@echo "make ')]
    doors = {door for line in told for door in TARGET.findall(line)}
    named = TARGET.findall((REPO / "README.md").read_text() + (REPO / "CONTRIBUTING.md").read_text())

    assert "demo" in doors
    assert doors - set(named) == set()


def test_every_decision_is_listed() -> None:
    index = (REPO / "docs/adr/README.md").read_text(encoding="utf-8")
    decisions = sorted(path.name for path in (REPO / "docs/adr").glob("0*.md"))

    assert sorted(set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", index))) == decisions


def test_every_duty_of_the_clock_is_told() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPO / "nahbar").rglob("*.py"))
    duties = set(DUTY.findall(sources))
    told = (REPO / "docs/structure.md").read_text(encoding="utf-8")

    assert len(duties) > 4
    assert {duty for duty in duties if f"| `{duty}` |" not in told} == set()
