"""`python -m infra.rehearsal.story.storing FILE S3`: keeps a release that was built before.

`pipeline release build --env` stores in the same way, but builds first, of a work tree that may
have changed since.
"""

from __future__ import annotations

import sys
from pathlib import Path

from penstock.release.store import ReleaseStore


def main(file: str, place: str) -> None:
    """Keep a file below a place, and say where it is."""
    stored = ReleaseStore(place).put(Path(file).read_bytes())
    print(f"{'is there already' if stored.was_there else 'stored'}: {stored.uri}")


if __name__ == "__main__":
    main(*sys.argv[1:])
