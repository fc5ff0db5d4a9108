"""Registers a model as a job of its own: loading the registry costs seconds that a run can share.

The one argument is a JSON file with `registry`, `group`, `model`, `metrics`, `report`,
`evidence`, `properties`, and the files to write to: `answer` for the version, `failure` for the
reason.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError


def __warm_up__() -> None:  # noqa: N807  # the name that zygotes look for
    """Load what MLflow loads late, and set an empty registry up; see the server's zygotes."""
    from penstock.registry.mlflow.client import empty_database

    empty_database()


def main(argv: list[str]) -> int:
    """Register and write the answer; return the exit code."""
    request: dict[str, Any] = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    from penstock.registry import Candidate, open_registry

    try:
        registered = open_registry(request["registry"]).register(
            Candidate(
                request["group"],
                Path(request["model"]),
                _path(request["metrics"]),
                _path(request["report"]),
                request["properties"],
                evidence=_path(request["evidence"]),
            )
        )
    except PenstockError as error:
        Path(request["failure"]).write_text(str(error), encoding="utf-8")
        sys.stderr.write(f"{error}\n")
        return 1
    answer = Path(request["answer"])
    aside = answer.with_suffix(".new")
    aside.write_text(
        json.dumps({"version": registered.version, "uri": registered.uri}), encoding="utf-8"
    )
    aside.replace(answer)
    return 0


def _path(given: str | None) -> Path | None:
    return None if given is None else Path(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
