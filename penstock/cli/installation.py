"""Which versions are installed."""

from __future__ import annotations


def installed_version(distribution: str) -> str:
    """Return the version of an installed distribution, or `not installed`."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"
