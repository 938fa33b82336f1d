"""Finding a client by name, customer number or birth date, however it was heard or typed.

The keys are kept beside the clients by whoever writes a client. A search takes the same few queries however many
clients there are: those who fit as typed, then those who sound alike, and only where nobody fits those who are one
slip of the finger away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from nahbar.jobcenters.models import JobCenter
from nahbar.people.models import Client, FormerNumber, SearchKey
from nahbar.people.queries import Desk, known_clients, other_clients
from nahbar.people.rules import KEY_LENGTH, KeyKind
from nahbar.people.spelling import day_in, folded, keys_of, nearly, number_key, sound, words_in

MOST_WORDS = 4
# Somebody of another team is named by a whole name; with a letter or two one would only try.
SHORTEST_NAME = 3
# How many spellings of a name are compared letter by letter at most.
MOST_COMPARED = 2_000
# Of so many that fit, the first by name are shown; whoever typed so little types on.
MOST_SORTED = 1_000
AT_ONCE = 500
# The last of the characters that keys are made of, in every collation.
LAST = "z"


def index_clients(clients: Iterable[Client]) -> None:
    """Makes the search keys of these clients anew; for operations, in their transaction."""
    clients = list(clients)
    SearchKey.objects.filter(client__in=clients).delete()
    keys = [
        SearchKey(client=client, jobcenter_id=client.jobcenter_id, kind=kind, key=key)
        for client in clients
        for kind, key in sorted(keys_of(names=client.full_name, number=client.number))
    ]
    SearchKey.objects.bulk_create(keys, batch_size=AT_ONCE)


@dataclass(frozen=True)
class Wanted:
    """What was typed into a search, taken apart."""

    born: dt.date | None
    words: tuple[str, ...]
    number: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it could find anybody."""
        return not (self.born or self.words or self.number)

    @property
    def names_somebody(self) -> bool:
        """Whether it says enough to look for somebody of another team: a number, or a name and the birth date."""
        return bool(self.number or (self.born and any(len(word) >= SHORTEST_NAME for word in self.words)))


def wanted(text: str) -> Wanted:
    """A birth date, and either the words of a name or, where a figure is among them, a customer number."""
    born, rest = day_in(text)
    words = [word for word in words_in(rest) if folded(word)]
    if any(letter.isdigit() for word in words for letter in word):
        return Wanted(born=born, words=(), number=number_key(rest))
    return Wanted(born=born, words=tuple(words[:MOST_WORDS]), number="")


def search_clients(*, desk: Desk, text: str, most: int = 8) -> list[Client]:
    """At most `most` clients the desk needs to know, best first; none for an empty text."""
    want = wanted(text)
    if want.is_empty:
        return []
    return _found(known_clients(desk), want, jobcenter=desk.jobcenter, most=most)


def asks_elsewhere(text: str) -> bool:
    """Whether `find_elsewhere` would look for anybody by this text."""
    return wanted(text).names_somebody


def find_elsewhere(*, desk: Desk, text: str, most: int = 5) -> list[Client]:
    """Clients of the office's other teams, for whoever can name them: by the full number, or name and birth date.

    Nothing is guessed: of a name whole parts count, spelt as they are. A page may show of them only name, number and
    team; everything else is behind the reason.
    """
    want = wanted(text)
    if not want.names_somebody:
        return []
    keys = SearchKey.objects.filter(jobcenter=desk.jobcenter)
    among = other_clients(desk)
    if want.born:
        among = among.filter(birth_date=want.born)
    if want.number:
        among = among.filter(pk__in=keys.filter(kind=KeyKind.NUMBER, key=want.number).values("client_id"))
    for word in want.words:
        among = among.filter(pk__in=keys.filter(kind=KeyKind.NAME, key=folded(word)).values("client_id"))
    return _first(among, most=most)


def find_numbered(*, jobcenter: JobCenter, number: str) -> Client | None:
    """The one client of the office with this whole customer number, or with one that was merged into it.

    As it is written, else without regard to case, spaces and strokes. Skipped: whether somebody may.
    """
    written = number.strip()
    merged = FormerNumber.objects.filter(jobcenter=jobcenter, number=written).values("client_id")
    if client := Client.objects.of(jobcenter).filter(Q(number=written) | Q(pk__in=merged)).first():
        return client
    alike = SearchKey.objects.filter(jobcenter=jobcenter, kind=KeyKind.NUMBER, key=number_key(number))
    found = list(Client.objects.filter(pk__in=alike.values("client_id"))[:2])
    return found[0] if len(found) == 1 else None


def client_numbered(*, desk: Desk, number: str) -> Client | None:
    """The client of the desk's office with this number (`find_numbered`); None for roles that see no cases."""
    return find_numbered(jobcenter=desk.jobcenter, number=number) if desk.sees_cases else None


def _found(among: QuerySet[Client], want: Wanted, *, jobcenter: JobCenter, most: int) -> list[Client]:
    if want.born:
        among = among.filter(birth_date=want.born)
    keys = SearchKey.objects.filter(jobcenter=jobcenter)
    typed = _first(among.filter(_as_typed(keys, want)), most=most)
    if len(typed) == most or not want.words:
        return typed
    known = [client.pk for client in typed]
    heard = _first(among.filter(_as_heard(keys, want)).exclude(pk__in=known), most=most - len(typed))
    return typed + heard or _misspelt(among, keys, want, most=most)


def _first(fitting: QuerySet[Client], *, most: int) -> list[Client]:
    """The first by name. Sorted here: asked to sort and stop, databases read the whole office in order of names."""
    rows = fitting.order_by().values_list("last_name", "first_name", "pk")[:MOST_SORTED]
    chosen = [pk for *_names, pk in sorted(rows)[:most]]
    found = Client.objects.select_related("jobcenter", "team").in_bulk(chosen) if chosen else {}
    return [found[pk] for pk in chosen]


def _as_typed(keys: QuerySet[SearchKey], want: Wanted) -> Q:
    """Each word begins a name; or the customer number begins so."""
    if want.number:
        return Q(pk__in=keys.filter(_begins(KeyKind.NUMBER, want.number)).values("client_id"))
    fits = Q()
    for word in want.words:
        fits &= Q(pk__in=keys.filter(_begins(KeyKind.NAME, folded(word))).values("client_id"))
    return fits


def _as_heard(keys: QuerySet[SearchKey], want: Wanted) -> Q:
    """Each word begins a name or sounds like one."""
    fits = Q()
    for word in want.words:
        alike, heard = _begins(KeyKind.NAME, folded(word)), sound(word)
        if heard:
            alike |= Q(kind=KeyKind.SOUND, key=heard)
        fits &= Q(pk__in=keys.filter(alike).values("client_id"))
    return fits


def _misspelt(among: QuerySet[Client], keys: QuerySet[SearchKey], want: Wanted, *, most: int) -> list[Client]:
    """Those whose names are nearly what was typed, ranked; the first letter must be right."""
    spellings = _spellings(keys.filter(client_id__in=among.values("pk")) if want.born else keys, want)
    near = [nearly(word, spellings) for word in map(folded, want.words)]
    fits = Q()
    for close in near:
        fits &= Q(pk__in=keys.filter(kind=KeyKind.NAME, key__in=close).values("client_id"))
    rank = {key: position for close in near for position, key in enumerate(close)}
    return sorted(_first(among.filter(fits), most=most * 4), key=lambda client: _rank(client, rank))[:most]


def _spellings(keys: QuerySet[SearchKey], want: Wanted) -> list[str]:
    """The names of the office that begin with the same letters as the words: each once, however many bear it."""
    begins = Q()
    for word in map(folded, want.words):
        begins |= Q(key__gte=word[0], key__lte=word[0] + LAST * KEY_LENGTH)
    names = keys.filter(begins, kind=KeyKind.NAME).order_by("key").values_list("key", flat=True)
    return list(names.distinct()[:MOST_COMPARED])


def _rank(client: Client, rank: dict[str, int]) -> int:
    places = [rank[folded(word)] for word in words_in(client.full_name) if folded(word) in rank]
    return min(places, default=len(rank))


def _begins(kind: KeyKind, start: str) -> Q:
    """Keys that begin so; a range, which both databases answer from the index."""
    return Q(kind=kind, key__gte=start, key__lte=start + LAST * KEY_LENGTH)
