"""The shapes of a service's API, read from botocore's published model.

Only the model's JSON is read, about 0.07 s once a process: no client, no region, no credentials.
Importing botocore and its loader would triple that, and the loader also reads models of the user's
own from the environment, so that the same definition could be judged differently elsewhere.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.errors import Problem, WorkError

Shape = Mapping[str, Any]


class ServiceShapes:
    """The shapes of one service by name."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes
        self._patterns: dict[str, re.Pattern[str] | None] = {}

    def shape(self, name: str) -> Shape:
        """Return a shape: its `type` and, by type, `members`, `member`, `key`/`value`, bounds."""
        return self._shapes[name]

    def members(self, name: str) -> Mapping[str, str]:
        """Return the shape name of every member of a structure, in the order of the model."""
        return {
            member: reference["shape"]
            for member, reference in self._shapes[name].get("members", {}).items()
        }

    def pattern(self, name: str) -> re.Pattern[str] | None:
        r"""Return the compiled pattern of a string shape.

        None where there is none, or where it uses Unicode classes (`\p{L}`) that `re` lacks.
        """
        if name not in self._patterns:
            text = self._shapes[name].get("pattern")
            try:
                self._patterns[name] = re.compile(text) if text else None
            except re.error:
                self._patterns[name] = None
        return self._patterns[name]


@functools.cache
def service_shapes(service: str) -> ServiceShapes:
    """Load the newest shapes that the installed botocore has of a service.

    Args:
        service: Its folder in botocore's data, such as `sagemaker`.
    Raises:
        WorkError: botocore is not installed.
    """
    installed = importlib.util.find_spec("botocore")
    if installed is None or not installed.submodule_search_locations:
        raise WorkError(Problem("botocore is not installed.", remedy="Install boto3."))
    versions = Path(installed.submodule_search_locations[0]) / "data" / service
    newest = max(versions.glob("*/service-2.json*"), key=lambda path: path.parent.name)
    content = newest.read_bytes()
    if newest.suffix == ".gz":
        content = gzip.decompress(content)
    return ServiceShapes(json.loads(content)["shapes"])
