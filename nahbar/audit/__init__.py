"""Who did what, when: append-only, without foreign keys, so that it survives erasure."""
