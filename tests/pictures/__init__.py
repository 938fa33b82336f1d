"""A named picture of every page and state: `python -m tests.pictures [NAME…]`."""
