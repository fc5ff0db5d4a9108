"""The shapes of a service's API, read from botocore's published model.

Only the model's JSON is loaded (about 0.1 s, once a process): no client, no region, no credentials.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]


class ServiceShapes:
    """The shapes of one service by name."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def shape(self, name: str) -> Shape:
        """Return a shape: its `type` and, by type, `members`, `member`, `key`/`value`, bounds."""
        return self._shapes[name]

    def members(self, name: str) -> Mapping[str, str]:
        """Return the shape name of every member of a structure, in the order of the model."""
        return {
            member: reference["shape"]
            for member, reference in self._shapes[name].get("members", {}).items()
        }

    @functools.cached_property
    def _patterns(self) -> dict[str, re.Pattern[str] | None]:
        return {}

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
def service_shapes(service: str = "sagemaker") -> ServiceShapes:
    """Load the newest shapes that botocore has of a service."""
    from botocore.loaders import Loader

    return ServiceShapes(Loader().load_service_model(service, "service-2")["shapes"])
