"""Which server serves a client: what a process inherits and nobody can give it later."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from penstock.targets.local.jobs.environment import job_environment

_NAMESPACES = ("mnt", "net", "pid", "user")
_RIGHTS = ("CapEff", "Cpus_allowed", "Gid", "Groups", "NoNewPrivs", "Seccomp", "Uid", "Umask")
_READ_AT_START = ("LANG", "LC_", "LD_", "GLIBC_", "MALLOC_", "PYTHON")
_READ_AT_LOADING = (
    "ARROW_",
    "BLIS_",
    "CUDA_",
    "GOMP_",
    "GOTO_",
    "KMP_",
    "MKL_",
    "NUMEXPR_",
    "OMP_",
    "OPENBLAS_",
    "VECLIB_",
)


def server_environment(project: Path) -> dict[str, str]:
    """Return the environment that a server of this project starts with: no secret is in it."""
    return job_environment({}, project=project, needs_s3=False)


def server_name(project: Path) -> str:
    """Return a name that clients share who may be served by the same server.

    It stands for the project, the interpreter, the variables that are read once at a process's
    start, and the limits, processors, rights and namespaces that a process inherits.
    """
    import resource

    limits = {
        name: resource.getrlimit(getattr(resource, name))
        for name in dir(resource)
        if name.startswith("RLIMIT_")
    }
    parts = [
        os.path.realpath(project),
        sys.executable,
        sys.version,
        str(Path(__file__).resolve()),
        _at_start(server_environment(project)),
        limits,
        [str(Path(f"/proc/self/ns/{name}").readlink()) for name in _NAMESPACES],
        [
            line
            for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
            if line.partition(":")[0] in _RIGHTS
        ],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def can_be_forked(wanted: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Return whether a job's environment agrees with its server's in what is read at the start."""
    return _at_start(wanted) == _at_start(given)


def loading_environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a job that native libraries read once, while they are loaded."""
    return {name: wanted[name] for name in sorted(wanted) if name.startswith(_READ_AT_LOADING)}


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in environment if name.startswith(_READ_AT_START)}
