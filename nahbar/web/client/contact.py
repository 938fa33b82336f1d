"""Whom people call from a client page: the office of their link, else the installation itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise

from nahbar.jobcenters.models import JobCenter
from nahbar.jobcenters.rules import ADDRESSES
from nahbar.web.shared.phones import dialled


@dataclass(frozen=True)
class House:
    """Name and number as a client page shows them."""

    name: str
    phone: str
    tel: str
    mail: str = ""
    street: str = ""
    town: str = ""
    slug: str = ""

    @property
    def has_address(self) -> bool:
        """Whether somebody can be told where to go."""
        return bool(self.street and self.town)

    @property
    def legal_pages(self) -> list[tuple[str | Promise, str]]:
        """What they are called and where they are: for the row at the end of every page."""
        if self.slug:
            return [(kind.label, reverse("legal", args=[self.slug, page])) for kind, page in ADDRESSES.items()]
        # Without an office the addresses are named like the kinds.
        return [(kind.label, reverse(kind.value)) for kind in ADDRESSES]


def house_of(office: JobCenter | None) -> House:
    """The office's contact; the installation's own where no office is known."""
    if office is None:
        return _installation()
    return House(
        name=office.name,
        phone=office.phone_display,
        tel=office.phone,
        mail=office.email,
        street=office.street,
        town=f"{office.postcode} {office.city}".strip(),
        slug=office.slug,
    )


def _installation() -> House:
    contact = settings.NAHBAR_CONTACT
    return House(name=contact["name"], phone=contact["phone"], tel=dialled(contact["phone"]), mail=contact["mail"])
