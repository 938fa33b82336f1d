"""How an exception is logged where its message might name a person."""

from pathlib import PurePath
from traceback import extract_tb


def whereabouts(exc: BaseException) -> str:
    """Class and innermost place of an exception, without its message or any value."""
    frames = extract_tb(exc.__traceback__)
    if not frames:
        return type(exc).__name__
    path = "/".join(PurePath(frames[-1].filename).parts[-2:])
    return f"{type(exc).__name__} at {path}:{frames[-1].lineno}"
