"""Bounds of single values: enumerations, patterns, ranges and lengths.

They come from botocore's service model; `_BOUNDS` adds those that only the API reference states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.service_model import ServiceShapes

# Bounds that the model leaves open: (structure, member) to least and most.
# Sources: ResourceConfig, CreateTransformJob and CheckpointConfig in the SageMaker API reference.
_BOUNDS: Mapping[tuple[str, str], tuple[int, int]] = {
    ("ResourceConfig", "VolumeSizeInGB"): (1, 16384),
    ("HyperParameterTuningResourceConfig", "VolumeSizeInGB"): (1, 16384),
    ("ProcessingClusterConfig", "VolumeSizeInGB"): (1, 16384),
    ("CreateTransformJobRequest", "MaxPayloadInMB"): (0, 100),
}
# A pattern is tried on texts of at most this length: some patterns of the model are slow.
_PATTERN_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a value.

    Attributes:
        what: The finding.
        remedy: How to mend it.
        may_be_newer: Whether a newer service may know the value: instance types.
    """

    what: str
    remedy: str
    may_be_newer: bool = False


def check_scalar(
    shapes: ServiceShapes, name: str, value: object, owner: str, member: str
) -> Trouble | None:
    """Return what is wrong with a value whose type is right, or None.

    Args:
        shapes: The service's shapes.
        name: The value's shape.
        value: The value.
        owner: The structure that has it as a member.
        member: That member.
    """
    shape = shapes.shape(name)
    if isinstance(value, str):
        return _check_text(shapes, name, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    least, most = _BOUNDS.get((owner, member), (shape.get("min"), shape.get("max")))
    below = least is not None and value < least
    above = most is not None and value > most
    if not below and not above:
        return None
    if least is not None and most is not None:
        return Trouble(f"{value} is out of bounds.", f"Give a number from {least} to {most}.")
    bound = f"at least {least}" if below else f"at most {most}"
    return Trouble(f"{value} is out of bounds.", f"Give {bound}.")


def _check_text(shapes: ServiceShapes, name: str, value: str) -> Trouble | None:
    shape = shapes.shape(name)
    if "enum" in shape:
        if value in shape["enum"]:
            return None
        instance = name.endswith("InstanceType")
        hint = known_names(value, shape["enum"])
        return Trouble(
            f"{value!r} is not among the known instance types."
            if instance
            else f"{value!r} is not allowed.",
            hint,
            may_be_newer=instance,
        )
    least, most = shape.get("min"), shape.get("max")
    if most is not None and len(value) > most:
        return Trouble(f"has {len(value)} characters.", f"Use at most {most}.")
    pattern = shapes.pattern(name)
    if pattern is not None and len(value) <= _PATTERN_LENGTH and not pattern.fullmatch(value):
        shown = value if len(value) <= 60 else f"{value[:57]}..."
        return Trouble(f"{shown!r} has the wrong form.", f"It must match {shape['pattern']}.")
    if least is not None and len(value) < least:
        characters = "character" if len(value) == 1 else "characters"
        return Trouble(f"has {len(value)} {characters}.", f"Use at least {least}.")
    return None
