"""The folder of a bundle, written and read. Plain data, checked; nothing in it is run."""

import hashlib
import json
import mmap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from components.training.labels import Task
from components.training.manifest import (
    MANIFEST,
    Feature,
    check_files,
    facts_of,
    manifest_of,
    problems_of,
    read_facts,
    refusal,
)
from components.training.segments.bundle import (
    FORMAT,
    MODELS,
    SERVED,
    Bundle,
    BundledSegment,
    StoredModel,
)

_COMMON = ("task", "target", "classes", "features")
"""Facts that stand once for all models of a bundle."""

Payload = Callable[[str | None], bytes]
"""Returns the model file of a segment; of the pooled model for None."""


def write_bundle(folder: Path, bundle: Bundle, payload: Payload) -> Bundle:
    """Write a bundle's folder, whole or not at all.

    Args:
        folder: Is not there yet.
        bundle: Offsets, sizes and the digest of the models are found out here.
        payload: Is asked for each model once, in their order.

    Returns:
        The bundle as written.
    """
    bundle = replace(bundle, segments=dict(sorted(bundle.segments.items())))
    aside = folder.with_name(f".{folder.name}.part")
    aside.mkdir(parents=True)
    whole = hashlib.sha256()
    placed: dict[str | None, StoredModel] = {}
    offset = 0
    with (aside / MODELS).open("wb") as stream:
        for name, stored in bundle.models.items():
            content = payload(name)
            stream.write(content)
            whole.update(content)
            placed[name] = replace(stored, offset=offset, size=len(content))
            offset += len(content)
    written = replace(
        bundle,
        pooled=placed.get(None),
        segments={
            name: replace(segment, model=placed.get(name))
            for name, segment in bundle.segments.items()
        },
        payload_sha256=whole.hexdigest(),
    )
    text = json.dumps(_bundle_facts(written), indent=1, sort_keys=True, allow_nan=False)
    (aside / MANIFEST).write_text(text + "\n", encoding="utf-8")
    aside.replace(folder)
    return written


def read_bundle(folder: Path) -> tuple[Bundle, Payload]:
    """Read a bundle's folder; model files stay on disk until they are asked for.

    Raises:
        DataError: The folder is not one that `write_bundle` wrote, or something was changed since.
    """
    place = str(folder / MANIFEST)
    facts = read_facts(folder)
    bundle = _bundle_of(facts, place)
    check_files(folder, {MANIFEST, MODELS})
    content = _mapped(folder / MODELS)
    if hashlib.sha256(content).hexdigest() != bundle.payload_sha256:
        raise refusal(place, ["the models are not those that the manifest was written for."])
    wrong = [
        f"the model of {_named(name)} lies outside of {MODELS}."
        for name, stored in bundle.models.items()
        if not 0 <= stored.offset <= stored.offset + stored.size <= len(content)
    ]
    if wrong:
        raise refusal(place, wrong)

    def payload(name: str | None) -> bytes:
        stored = bundle.models[name]
        found = bytes(memoryview(content)[stored.offset : stored.offset + stored.size])
        if hashlib.sha256(found).hexdigest() != stored.manifest.payload_sha256:
            what = f"the model of {_named(name)} is not the one that was written."
            raise refusal(str(folder / MODELS), [what])
        return found

    return bundle, payload


def _mapped(file: Path) -> "mmap.mmap | bytes":
    with file.open("rb") as stream:
        if not file.stat().st_size:
            return b""
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _named(name: str | None) -> str:
    return "all segments" if name is None else f"the segment {name!r}"


def _bundle_facts(bundle: Bundle) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "use_case": bundle.use_case,
        "task": bundle.task,
        "target": bundle.target,
        "classes": list(bundle.classes),
        "features": [{"name": each.name, "type": each.type} for each in bundle.features],
        "segment": bundle.segment,
        "training": dict(bundle.training),
        "seed": bundle.seed,
        "libraries": dict(bundle.libraries),
        "pooled": bundle.pooled and _model_facts(bundle.pooled),
        "pooled_reason": bundle.pooled_reason,
        "segments": {
            name: {
                "served_by": segment.served_by,
                "reason": segment.reason,
                "failed": segment.failed,
                "rows": segment.rows,
                "model": segment.model and _model_facts(segment.model),
            }
            for name, segment in bundle.segments.items()
        },
        "payload_sha256": bundle.payload_sha256,
    }


def _model_facts(stored: StoredModel) -> dict[str, Any]:
    own = {key: each for key, each in facts_of(stored.manifest).items() if key not in _COMMON}
    return {
        **own,
        "metrics": dict(stored.metrics),
        "offset": stored.offset,
        "size": stored.size,
        "origin": stored.origin,
    }


def _bundle_of(facts: Any, place: str) -> Bundle:
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else None
        raise refusal(place, [f"the format is {found!r}, not {FORMAT!r}."])
    wanted = {"format", *Bundle.__dataclass_fields__}
    problems = [f"the key {key!r} is unknown." for key in sorted(set(facts) - wanted)]
    problems += [f"the key {key!r} is missing." for key in sorted(wanted - set(facts))]
    if problems:
        raise refusal(place, problems)
    shaped = (
        isinstance(facts["segments"], dict)
        and all(map(_is_segment, facts["segments"].values()))
        and isinstance(facts["segment"], str)
        and all(isinstance(facts[key], dict) for key in ("training", "libraries"))
        and all(
            isinstance(facts[key], str) for key in ("use_case", "pooled_reason", "payload_sha256")
        )
        and facts["task"] in get_args(Task)
        and isinstance(facts["classes"], list)
        and isinstance(facts["features"], list)
        and all(
            isinstance(each, dict) and set(each) == {"name", "type"} for each in facts["features"]
        )
        and isinstance(facts["seed"], int)
    )
    if not shaped:
        raise refusal(place, ["a value is not of its type."])
    common = {key: facts[key] for key in _COMMON}
    problems = []

    def model(name: str | None, given: Any) -> StoredModel | None:
        if given is None:
            return None
        if not isinstance(given, dict):
            problems.append(f"the model of {_named(name)} is not of its type.")
            return None
        own = {key: each for key, each in given.items() if key not in _STORED} | common
        wrong = problems_of(own)
        wrong += [
            f"the value of {key!r} is missing or not of its type."
            for key, kind in _STORED.items()
            if not isinstance(given.get(key), kind)
        ]
        if wrong:
            problems.append(f"the model of {_named(name)}: {' '.join(wrong)}")
            return None
        return StoredModel(manifest_of(own), **{key: given[key] for key in _STORED})

    pooled = model(None, facts["pooled"])
    segments = {
        name: BundledSegment(**(given | {"model": model(name, given["model"])}))
        for name, given in sorted(facts["segments"].items())
    }
    if problems:
        raise refusal(place, problems)
    return Bundle(
        use_case=facts["use_case"],
        task=facts["task"],
        target=facts["target"],
        classes=tuple(facts["classes"]),
        features=tuple(Feature(**each) for each in facts["features"]),
        segment=facts["segment"],
        training=facts["training"],
        seed=facts["seed"],
        libraries=facts["libraries"],
        pooled=pooled,
        pooled_reason=facts["pooled_reason"],
        segments=segments,
        payload_sha256=facts["payload_sha256"],
    )


_STORED: Mapping[str, type] = {"metrics": dict, "offset": int, "size": int, "origin": str}


def _is_segment(given: Any) -> bool:
    return (
        isinstance(given, dict)
        and set(given) == set(BundledSegment.__dataclass_fields__)
        and given["served_by"] in SERVED
        and isinstance(given["reason"], str)
        and isinstance(given["failed"], bool)
        and isinstance(given["rows"], int)
        and (given["model"] is not None) == (given["served_by"] in ("own", "previous"))
    )
