"""Which room renders which template. Rooms register in their AppConfig.ready()."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nahbar.outbox.mail import RenderedMail


class Render(Protocol):
    def __call__(self, about_id: str, /) -> RenderedMail: ...


class StillWanted(Protocol):
    def __call__(self, about_id: str, now: datetime, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    render: Render
    still_wanted: StillWanted


_templates: dict[str, Template] = {}


def register(name: str, *, render: Render, still_wanted: StillWanted) -> None:
    """Own the template of that name. `still_wanted` must answer False for what was erased."""
    if name in _templates:
        raise ValueError(f"template {name!r} is registered twice")
    _templates[name] = Template(name, render, still_wanted)


def get(name: str) -> Template:
    """The template; KeyError when no room of this version owns it."""
    return _templates[name]
