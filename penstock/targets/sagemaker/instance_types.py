"""The smallest instance type that gives a task the resources that it asks for.

Source: https://aws.amazon.com/sagemaker/ai/pricing/ (cores, memory and accelerators per type).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import Problem
from penstock.ir.pipeline import Resources


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One type: cores, memory in GiB, accelerators."""

    name: str
    cores: int
    memory_gib: int
    accelerators: int = 0
    accelerator: str = ""


_M5 = (
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("12xlarge", 48),
    ("24xlarge", 96),
)
_R5 = (
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("4xlarge", 16),
    ("12xlarge", 48),
    ("24xlarge", 96),
)

INSTANCE_TYPES: tuple[InstanceType, ...] = (
    *(InstanceType(f"ml.m5.{size}", cores, cores * 4) for size, cores in _M5),
    *(InstanceType(f"ml.r5.{size}", cores, cores * 8) for size, cores in _R5),
    InstanceType("ml.g4dn.xlarge", 4, 16, 1, "T4"),
    InstanceType("ml.g4dn.2xlarge", 8, 32, 1, "T4"),
    InstanceType("ml.g4dn.4xlarge", 16, 64, 1, "T4"),
    InstanceType("ml.g4dn.8xlarge", 32, 128, 1, "T4"),
    InstanceType("ml.g4dn.12xlarge", 48, 192, 4, "T4"),
    InstanceType("ml.g5.xlarge", 4, 16, 1, "A10G"),
    InstanceType("ml.g5.2xlarge", 8, 32, 1, "A10G"),
    InstanceType("ml.g5.4xlarge", 16, 64, 1, "A10G"),
    InstanceType("ml.g5.12xlarge", 48, 192, 4, "A10G"),
    InstanceType("ml.g5.48xlarge", 192, 768, 8, "A10G"),
    InstanceType("ml.p3.2xlarge", 8, 61, 1, "V100"),
    InstanceType("ml.p3.8xlarge", 32, 244, 4, "V100"),
    InstanceType("ml.p3.16xlarge", 64, 488, 8, "V100"),
)
"""From the cheapest to the dearest within each kind."""

TRANSFORM_TYPES = tuple(kind for kind in INSTANCE_TYPES if not kind.name.startswith("ml.r5."))
"""Those that transform jobs run on, as CreateTransformJob lists them."""

SMALLEST = "ml.m5.large"

_UNITS = {
    "": 1,
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
}  # fmt: skip
_ANY_ACCELERATOR = ("", "nvidia.com/gpu", "gpu")


def smallest_instance_type(
    resources: Resources, where: str, among: tuple[InstanceType, ...] = INSTANCE_TYPES
) -> str:
    """Return the cheapest type with at least these resources.

    Raises:
        ValueError: One argument, the `Problem`: a quantity cannot be read, or no type is large
        enough.
    """
    cores = _quantity(resources.cpu, where, "cores", {"": 1, "m": 0.001}) if resources.cpu else 0
    memory = _quantity(resources.memory, where, "memory", _UNITS) if resources.memory else 0
    count = (
        _quantity(resources.accelerator_count, where, "accelerators", {"": 1})
        if resources.accelerator_count
        else float(bool(resources.accelerator_type))
    )
    wanted = resources.accelerator_type
    fitting = [
        kind
        for kind in among
        if kind.cores >= cores
        and kind.memory_gib * 2**30 >= memory
        and kind.accelerators >= count
        and bool(kind.accelerators) == bool(count)
        and (not count or _is_of(kind, wanted))
    ]
    if fitting:
        return min(fitting, key=lambda kind: (kind.accelerators, kind.cores, kind.memory_gib)).name
    asked = ", ".join(
        part
        for part in (
            f"{resources.cpu} cores" if resources.cpu else "",
            f"{resources.memory} of memory" if resources.memory else "",
            f"{resources.accelerator_count or 1} {wanted or 'GPU'}" if count else "",
        )
        if part
    )
    raise ValueError(
        Problem(
            f"no known instance type has {asked}.",
            where,
            'Name one: `sagemaker={"instance_type": "ml..."}`.',
        )
    )


def _is_of(kind: InstanceType, wanted: str) -> bool:
    return wanted in _ANY_ACCELERATOR or kind.accelerator in wanted.upper().replace("_", "-").split(
        "-"
    )


def _quantity(text: str, where: str, what: str, units: dict[str, float] | dict[str, int]) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]*)", text)
    if match is None or match[2] not in units:
        raise ValueError(
            Problem(f"`{text}` is no amount of {what}.", where, "Write it as `4` or `16G`.")
        )
    return float(match[1]) * units[match[2]]
