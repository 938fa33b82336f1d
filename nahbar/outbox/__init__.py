"""Queued mail with a fate, and the two processes that drive deferred work; knows no domain."""
