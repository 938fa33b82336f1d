"""Why a change of the set-up is refused."""


class Stale(Exception):
    """Nothing was changed: somebody else changed the set-up after the page that was saved had been shown."""


class NameTaken(Exception):
    """Nothing was changed: the office has something of that name already."""
