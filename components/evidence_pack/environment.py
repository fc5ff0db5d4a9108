"""The packages that a job runs with: `packages.txt`."""

import platform
from importlib.metadata import distributions


def installed_packages() -> str:
    """Return Python's version and a line `name==version` a package, sorted by name."""
    found = {
        (each.metadata["Name"] or "").lower().replace("_", "-"): each.version
        for each in distributions()
    }
    lines = [f"{name}=={version}" for name, version in sorted(found.items()) if name]
    return "\n".join([f"# Python {platform.python_version()}", *lines]) + "\n"
