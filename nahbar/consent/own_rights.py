"""A person's consents, for their rights."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from nahbar.consent.models import Consent
from nahbar.people.models import Client
from nahbar.people.own_rights import WITH_FILE
from nahbar.people.rights import Column, Erased, Keeper, Table, Who, chosen, plain

_COLUMNS = [
    chosen("purpose", _("Wofür")),
    chosen("state", _("Stand")),
    plain("given_at", _("gegeben")),
    plain("ended_at", _("beendet")),
    chosen("route", _("Weg")),
    chosen("language", _("Sprache")),
    Column("version", _("Fassung des Textes"), lambda consent: consent.text.version),
    plain("text_sha256", _("Prüfsumme des Textes")),
]


def _export(client: Client) -> Table:
    return Table(_COLUMNS, list(Consent.objects.filter(client=client).select_related("text").order_by("pk")))


def _erase(who: Who) -> Erased:
    return Erased(consents=Consent.objects.filter(client__in=who).delete()[0])


CONSENTS = Keeper(
    name="consents",
    title=_("Einverständnisse"),
    until=WITH_FILE,
    models=frozenset({"consent.Consent"}),
    export=_export,
    erase=_erase,
    moments=("consents__given_at", "consents__ended_at"),
)
