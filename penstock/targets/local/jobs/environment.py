"""The environment of a job: what it needs, and none of the user's secrets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_KEPT = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "USER")


def job_environment(
    own: Mapping[str, str], *, project: Path, needs_s3: bool, passed: Iterable[str] = ()
) -> dict[str, str]:
    """Return the whole environment of a job.

    Args:
        own: What the definition sets; it wins.
        project: The folder that holds the components.
        needs_s3: The job's artifacts are in S3, so it gets the AWS settings and credentials.
        passed: Names of further variables that the user lets jobs see.
    """
    here = os.environ
    environment = {name: here[name] for name in (*_KEPT, *passed) if name in here}
    tools = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join(filter(None, [tools, here.get("PATH", os.defpath)]))
    environment["PYTHONPATH"] = str(project)
    environment["PYTHONUNBUFFERED"] = "1"
    if needs_s3:
        environment.update({k: v for k, v in here.items() if k.startswith("AWS_")})
    environment.update(own)
    return environment
