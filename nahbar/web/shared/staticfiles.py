"""Static files with hashed names. Chunks carry esbuild's own hash and are imported by it."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A file missing from the manifest fails loudly only where somebody uses it."""

    manifest_strict = True
