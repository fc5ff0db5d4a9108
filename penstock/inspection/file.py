"""Whether a file that keeps something can be there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from penstock.inspection.finding import Finding


def file(name: str, path: Path) -> Iterator[Finding]:
    """Look at a file of this machine, or at the folder that it is to be made in.

    Args:
        name: Of the findings.
        path: The file.
    """
    if path.is_file():
        if os.access(path, os.R_OK | os.W_OK):
            yield Finding(name, "ok", f"the file {path}")
        else:
            remedy = "Change its permissions."
            yield Finding(name, "broken", f"{path} cannot be read and written", remedy)
        return
    folder = next((each for each in path.parents if each.exists()), Path("/"))
    if folder.is_dir() and os.access(folder, os.W_OK):
        yield Finding(name, "ok", f"the file {path} is made when it is needed")
    else:
        remedy = "Change its permissions, or name another place."
        yield Finding(name, "broken", f"{path} cannot be made in {folder}", remedy)
