"""No tables of our own: a view of the cache's, so that it is described and emptied like every other."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Counter(models.Model):
    """A row of Django's cache in the database: how often an address has knocked. Made by `createcachetable`."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        managed = False
        db_table = str(settings.CACHES["default"]["LOCATION"])

    def __str__(self) -> str:
        return f"counter until {self.expires:%Y-%m-%d %H:%M}"
