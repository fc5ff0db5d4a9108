"""Results of earlier steps, kept by what they depend on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from penstock.targets.local.documents import Document, canonical
from penstock.targets.local.result import Output
from penstock.targets.local.steps.attempt import Outcome
from penstock.targets.local.store.port import Stores

DECISIVE_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
    ),
}
"""The arguments that decide, as the service documents them."""

_DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE,
)
_SECONDS = {
    "years": 31_536_000,
    "months": 2_592_000,
    "weeks": 604_800,
    "days": 86_400,
    "hours": 3_600,
    "minutes": 60,
    "seconds": 1,
}


class StepCache:
    """One file per result below a folder."""

    def __init__(self, folder: Path, stores: Stores) -> None:
        self._folder = folder
        self._stores = stores

    def find(self, key: str, expire_after: str) -> Outcome | None:
        """Return a result that is young enough and whose artifacts are still what they were.

        A damaged entry counts as none.
        """
        try:
            entry = json.loads((self._folder / f"{key}.json").read_bytes())
            if time.time() - entry["at"] > duration_seconds(expire_after):
                return None
            outputs = {name: Output(**found) for name, found in entry["outputs"].items()}
            outcome = Outcome(entry["properties"], outputs, entry["parameters"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return outcome if all(map(self._stores.holds, outcome.outputs.values())) else None

    def keep(self, key: str, outcome: Outcome) -> None:
        """Keep a result; a full disk loses it without a word, as it is only a cache."""
        entry = {
            "at": time.time(),
            "properties": outcome.properties,
            "parameters": outcome.parameters,
            "outputs": {
                name: {"uri": output.uri, "digest": output.digest, "mark": output.mark}
                for name, output in outcome.outputs.items()
            },
        }
        aside = self._folder / f".{key}.{os.getpid()}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps(entry), encoding="utf-8")
            aside.replace(self._folder / f"{key}.json")
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)


def cache_key(
    kind: str, owner: str, arguments: Document, stand_in: Callable[[str], str | None]
) -> str | None:
    """Return the key of a step's result; None where the service caches no such step.

    The names and folders of a Processing step's outputs count as well, the places they go to do
    not: an earlier result without one of them could not stand for this step.

    Args:
        kind: Type of the step.
        owner: The pipeline and the step; the service takes results of the same step alone.
        arguments: Its arguments, references resolved.
        stand_in: Gives, for a text of the arguments, what counts in its place: the digest of what
            a URI holds, the digest of the source tree for our image; None: the text itself.
    """
    if kind not in DECISIVE_ARGUMENTS:
        return None
    decisive = {name: arguments[name] for name in DECISIVE_ARGUMENTS[kind] if name in arguments}
    content = {
        "kind": kind,
        "owner": owner,
        "arguments": _replaced(decisive, stand_in),
        "outputs": _outputs(arguments),
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def duration_seconds(text: str) -> float:
    """Return the seconds of an ISO 8601 duration such as `P30D` or `PT1H`.

    A year counts 365 days, a month 30. The service's own examples, `p30d` and `T12H`, are read too.

    Raises:
        ValueError: It is none.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groupdict().values()):
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    return float(sum(int(found[name] or 0) * size for name, size in _SECONDS.items()))


def _outputs(arguments: Document) -> list[tuple[Any, Any]]:
    outputs = (arguments.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    return [
        (output.get("OutputName"), (output.get("S3Output") or {}).get("LocalPath"))
        for output in outputs
    ]


def _replaced(value: Any, stand_in: Callable[[str], str | None]) -> Any:
    if isinstance(value, str):
        found = stand_in(value)
        return value if found is None else found
    if isinstance(value, Mapping):
        return {name: _replaced(member, stand_in) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(member, stand_in) for member in value]
    return value
