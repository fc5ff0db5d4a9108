"""What only SageMaker knows of a task, read from `platforms.sagemaker` of the IR."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from penstock.errors import Problem
from penstock.ir.json_values import JsonObject, JsonValue, restored

KINDS = ("processing", "training", "transform", "register", "approval", "fail")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one task; the names are the keys that `configure(..., sagemaker={...})` takes.

    `spot`, `max_wait_seconds`, `keep_alive_period_seconds`, `checkpoints`, `metric_definitions`
    (name to regular expression) exist for training alone; `content_types`, `response_types`,
    `inference_instance_types` and `transform_instance_types` for a registration alone; those from
    `content_type` on for a transform alone, where `volume_size_gb` and what concerns the time, the
    processes and the network of a job do not exist.
    """

    step: str = ""
    source: str = ""
    instance_type: str = ""
    instance_count: int = 1
    volume_size_gb: int = 30
    max_runtime_seconds: int = 86_400
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    cache_expire_after: str = "P30D"
    volume_kms_key: str = ""
    output_kms_key: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    network_isolation: bool = False
    encrypt_traffic: bool = False
    spot: bool = False
    max_wait_seconds: int = 0
    keep_alive_period_seconds: int = 0
    checkpoints: bool = False
    metric_definitions: Mapping[str, str] = field(default_factory=dict)
    content_types: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ()
    inference_instance_types: tuple[str, ...] = ()
    transform_instance_types: tuple[str, ...] = ()
    content_type: str = "text/csv"
    accept: str = ""
    split_type: str = "Line"
    strategy: str = "MultiRecord"
    max_payload_mb: int = 6
    max_concurrent: int = 1
    input_filter: str = ""
    join_source: str = "None"
    output_filter: str = ""


_TRAINING = (
    "spot",
    "max_wait_seconds",
    "keep_alive_period_seconds",
    "checkpoints",
    "metric_definitions",
)
_REGISTER = (
    "content_types",
    "response_types",
    "inference_instance_types",
    "transform_instance_types",
)
_TRANSFORM = (
    "content_type",
    "accept",
    "split_type",
    "strategy",
    "max_payload_mb",
    "max_concurrent",
    "input_filter",
    "join_source",
    "output_filter",
)
_OF_A_TRANSFORM = (
    "instance_type",
    "instance_count",
    "environment",
    "tags",
    "cache_expire_after",
    "volume_kms_key",
    "output_kms_key",
    "subnets",
    "security_groups",
    "network_isolation",
    *_TRANSFORM,
)
_CHOICES = {
    "split_type": ("Line", "None"),
    "strategy": ("MultiRecord", "SingleRecord"),
    "join_source": ("Input", "None"),
}
_ALWAYS = ("step", "source")
_BOUNDS = {
    "instance_count": (1, 100),
    "volume_size_gb": (1, 16_384),
    "max_runtime_seconds": (1, 2_419_200),
    "max_wait_seconds": (1, 2_419_200),
    "keep_alive_period_seconds": (1, 3_600),
    "max_payload_mb": (1, 100),
    "max_concurrent": (1, 100),
}
_LONGEST_PROCESSING_SECONDS = 777_600
_LARGEST_IN_FLIGHT_MB = 100
_FILTERED_TYPES = ("text/csv", "application/json", "application/jsonlines")
"""What DataProcessing of a transform job can read."""


def known_settings(kind: str) -> tuple[str, ...]:
    """Return the keys that a task of this kind may set."""
    names = tuple(member.name for member in fields(Settings) if member.name not in _ALWAYS)
    if kind == "register":
        return _REGISTER
    if kind in ("fail", "approval"):
        return ()
    if kind == "transform":
        return _OF_A_TRANSFORM
    left_out = {*_REGISTER, *_TRANSFORM, *(() if kind == "training" else _TRAINING)}
    return tuple(name for name in names if name not in left_out)


def read_settings(given: JsonObject, where: str) -> tuple[Settings, list[Problem]]:
    """Read the settings of a task; a problem for each unknown key and each wrong value."""
    kind = given.get("step", "processing")
    if kind not in KINDS:
        return Settings(), [
            Problem(
                f"the step kind {kind!r} is unknown.", where, f"Use one of: {', '.join(KINDS)}."
            )
        ]
    known = known_settings(str(kind))
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for key, raw in given.items():
        if key in _ALWAYS:
            values[key] = raw
        elif key not in known:
            problems.append(_unknown(key, str(kind), known, where))
        else:
            value, wrong = _typed(key, restored(raw, None))
            if wrong:
                problems.append(Problem(f"the setting `{key}` {wrong}.", where, _example(key)))
            else:
                values[key] = value
    settings = Settings(**values)
    return settings, problems + _together(settings, where)


def transform_problems(settings: Settings, where: str) -> list[Problem]:
    """Return what in the settings of a transform does not fit together."""
    problems = []
    if settings.max_payload_mb * settings.max_concurrent > _LARGEST_IN_FLIGHT_MB:
        problems.append(
            Problem(
                f"`max_payload_mb` ({settings.max_payload_mb}) times `max_concurrent` "
                f"({settings.max_concurrent}) is over {_LARGEST_IN_FLIGHT_MB} MB, which SageMaker "
                "allows to be on its way to one instance.",
                where,
                "Lower one of them.",
            )
        )
    if settings.split_type == "None" and settings.strategy == "SingleRecord":
        problems.append(
            Problem(
                "`strategy` is SingleRecord, and without `split_type` a file is one record.",
                where,
                "Set `split_type` to Line, or `strategy` to MultiRecord.",
            )
        )
    filtered = [
        f"`{name}`"
        for name, used in (
            ("input_filter", bool(settings.input_filter)),
            ("join_source", settings.join_source != "None"),
            ("output_filter", bool(settings.output_filter)),
        )
        if used
    ]
    media = settings.content_type.partition(";")[0].strip().lower()
    if filtered and media not in _FILTERED_TYPES:
        problems.append(
            Problem(
                f"{' and '.join(filtered)} need records that SageMaker can read, and "
                f"`content_type` is {settings.content_type!r}.",
                where,
                f"Use one of: {', '.join(_FILTERED_TYPES)}.",
            )
        )
    return problems


def _unknown(key: str, kind: str, known: tuple[str, ...], where: str) -> Problem:
    if not known:
        return Problem(
            f"a `{kind}` step has no settings, and `{key}` is set.", where, f"Remove `{key}`."
        )
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"Did you mean `{close[0]}`? " if close else ""
    return Problem(
        f"the setting `{key}` is unknown for a {kind} step.",
        where,
        f"{hint}Use one of: {', '.join(known)}.",
    )


def _typed(key: str, value: JsonValue) -> tuple[Any, str]:
    default = next(member for member in fields(Settings) if member.name == key)
    kind = str(default.type)
    if kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            return None, f"is {value!r}, not a whole number"
        low, high = _BOUNDS[key]
        if not low <= value <= high:
            return None, f"is {value:,}, not within {low:,} and {high:,}"
        return value, ""
    if kind == "bool":
        return value, "" if isinstance(value, bool) else f"is {value!r}, not true or false"
    if key in _CHOICES and value not in _CHOICES[key]:
        return None, f"is {value!r}, not one of {', '.join(_CHOICES[key])}"
    if kind == "str":
        return value, "" if isinstance(value, str) and value else f"is {value!r}, not a text"
    if kind.startswith("tuple"):
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return tuple(cast(list[str], value)), ""
        return None, f"is {value!r}, not a list of texts"
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return value, ""
    return None, f"is {value!r}, not a mapping of texts"


def _example(key: str) -> str:
    examples = {
        "environment": '{"OMP_NUM_THREADS": "4"}',
        "tags": '{"team": "fraud"}',
        "metric_definitions": '{"validation:auc": "auc=([0-9.]+)"}',
        "instance_type": '"ml.m5.xlarge"',
    }
    return f"Write it as `{key}={examples[key]}`." if key in examples else f"Correct `{key}`."


def _together(settings: Settings, where: str) -> list[Problem]:
    problems = []
    if settings.spot and settings.keep_alive_period_seconds:
        problems.append(
            Problem(
                "a warm pool (`keep_alive_period_seconds`) cannot hold spot instances.",
                where,
                "Remove `keep_alive_period_seconds` or `spot`.",
            )
        )
    if settings.max_wait_seconds and not settings.spot:
        problems.append(
            Problem("`max_wait_seconds` is for spot training.", where, "Set `spot` or remove it.")
        )
    if settings.max_wait_seconds and settings.max_wait_seconds < settings.max_runtime_seconds:
        problems.append(
            Problem(
                f"`max_wait_seconds` ({settings.max_wait_seconds:,}) is shorter than "
                f"`max_runtime_seconds` ({settings.max_runtime_seconds:,}), which it includes.",
                where,
                "Raise `max_wait_seconds`.",
            )
        )
    if settings.step == "transform":
        problems += transform_problems(settings, where)
    if settings.step != "training" and settings.max_runtime_seconds > _LONGEST_PROCESSING_SECONDS:
        problems.append(
            Problem(
                f"a processing job runs at most {_LONGEST_PROCESSING_SECONDS:,} seconds.",
                where,
                "Lower `max_runtime_seconds`.",
            )
        )
    if bool(settings.subnets) != bool(settings.security_groups):
        problems.append(
            Problem(
                "`subnets` and `security_groups` belong together.", where, "Set both or neither."
            )
        )
    return problems
