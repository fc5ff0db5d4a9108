"""What a target is given of an event: all of it, a part, a constant or a transformed text.

Source: EventBridge's user guide, "Transforming Amazon EventBridge target input".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
_WHOLE = "aws.events.event.json"


def target_input(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Return the text that a target is given."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(at_path(event, str(target["InputPath"])))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    paths = transformer.get("InputPathsMap") or {}
    values = {name: at_path(event, path) for name, path in paths.items()}
    values[_WHOLE] = event
    return _filled(str(transformer["InputTemplate"]), values)


def at_path(event: Mapping[str, Any], path: str) -> Any:
    """Return what is at a path such as `$.detail.package`; None: nothing."""
    found: Any = event
    for name in path.removeprefix("$").strip(".").split("."):
        if not name:
            continue
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template: a text inside of quotes is inserted, all else as JSON."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            return found.group(0)
        inside = template[: found.start()].count('"') % 2 == 1
        each = values[name]
        if inside:
            text = each if isinstance(each, str) else json.dumps(each)
            return json.dumps(text)[1:-1]
        return json.dumps(each)

    return _VARIABLE.sub(value, template)
