"""Where people come to for an appointment on site."""

from __future__ import annotations

from dataclasses import dataclass

from nahbar.jobcenters.models import JobCenter, Site, Team


@dataclass(frozen=True)
class Address:
    """An address as people read it; `name` is empty for the office's own."""

    name: str
    street: str
    town: str
    directions: str

    @property
    def is_known(self) -> bool:
        """Whether somebody can be told where to go."""
        return bool(self.street and self.town)

    @property
    def line(self) -> str:
        """All of it that leads there, on one line."""
        return ", ".join(part for part in (self.name, self.street, self.town) if part)


def place_of(*, team: Team, jobcenter: JobCenter) -> Address:
    """The site of the team that holds the appointment, else the office. Wants `team__site` fetched."""
    house: Site | JobCenter = team.site or jobcenter
    return Address(
        name=house.name if isinstance(house, Site) else "",
        street=house.street,
        town=f"{house.postcode} {house.city}".strip(),
        directions=house.directions if isinstance(house, Site) else "",
    )
