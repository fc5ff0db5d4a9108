"""What a change means for the step cache: which steps run anew, and why.

What counts is documented per step type; the outputs of a step that runs anew have another address,
so that whatever reads them runs anew as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from penstock.deployment.differences.definitions import Step, steps_of

_KEYS = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
        "CheckpointConfig",
    ),
}
_PARAMETER = re.compile(r'"Get": "Parameters\.([^"\[]+)"')
_STEP = re.compile(r'"Get": "Steps\.([^."\[]+)')


def runs_anew(before: str, after: str, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Return the steps that cannot come from the cache any more, with the reason.

    Args:
        before: The definition that filled the cache; empty: there is none.
        after: The new one.
        parameters: Pipeline parameters whose values changed, with any text.
    """
    if not before:
        return {}
    try:
        old, new = steps_of(json.loads(before)), steps_of(json.loads(after))
    except (ValueError, AttributeError):
        return {}
    found: dict[str, str] = {}
    for name, step in new.items():
        reason = _own_reason(old.get(name), step, parameters)
        if reason:
            found[name] = reason
    changed = True
    while changed:
        changed = False
        for name, step in new.items():
            if name in found or step.get("Type") not in _KEYS:
                continue
            reads = [each for each in _STEP.findall(_key_text(step)) if each in found]
            if reads:
                found[name] = f"reads {reads[0]}"
                changed = True
    return {name: found[name] for name in new if name in found}


def _own_reason(old: Step | None, new: Step, parameters: Mapping[str, str]) -> str:
    kind = new.get("Type")
    if kind not in _KEYS:
        return ""
    if old is None:
        return "is new"
    if not _is_cached(new):
        return "is never cached"
    if old.get("Type") != kind or _key_text(old) != _key_text(new):
        return "changed"
    named = [each for each in _PARAMETER.findall(_key_text(new)) if each in parameters]
    return f"the parameter {named[0]} changed" if named else ""


def _is_cached(step: Step) -> bool:
    settings = step.get("CacheConfig")
    return isinstance(settings, Mapping) and bool(settings.get("Enabled"))


def _key_text(step: Step) -> str:
    arguments: Any = step.get("Arguments")
    keys = _KEYS.get(str(step.get("Type")), ())
    held = {key: arguments.get(key) for key in keys} if isinstance(arguments, Mapping) else {}
    return json.dumps(held, sort_keys=True)
