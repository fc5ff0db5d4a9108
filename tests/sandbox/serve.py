"""A sandbox in a process of its own, until its input ends; prints where it is, as JSON.

Servers of moto in one process share what they hold, and some tests empty theirs.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from small_definitions import SMALL_MACHINE  # noqa: E402

from penstock.environments import load_environments  # noqa: E402
from sandbox.server import running  # noqa: E402

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    environments = load_environments(ROOT / "environments.yaml")
    with running(environments, isolation="subprocess", memory=SMALL_MACHINE) as made:
        variables = {name: dict(made.variables(name)) for name in environments.names}
        print(json.dumps({"endpoint": made.endpoint, "variables": variables}), flush=True)
        sys.stdin.read()
