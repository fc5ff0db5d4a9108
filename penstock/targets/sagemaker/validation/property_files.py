"""The property files that a Processing step declares."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import describe
from penstock.targets.sagemaker.validation.step_properties import declared_items
from penstock.targets.sagemaker.validation.steps import Step

_KEYS = ("PropertyFileName", "OutputName", "FilePath")


def declared_property_files(step: Step) -> list[str]:
    """Return the names of a step's property files, in the order of the document."""
    declared = step.body.get("PropertyFiles")
    names = [
        item.get("PropertyFileName")
        for item in (declared if isinstance(declared, list) else [])
        if isinstance(item, Mapping)
    ]
    return [name for name in names if isinstance(name, str)]


def check_property_files(step: Step, report: Report) -> None:
    """Check the declarations: their form, their names, the outputs they lie in."""
    declared = step.body.get("PropertyFiles")
    if declared is None or "PropertyFiles" not in step.type.keys:
        return
    path = f"{step.path}.PropertyFiles"
    if not isinstance(declared, list):
        report.error(path, f"must be a list, not {describe(declared)}.", "Write [] for none.")
        return
    outputs = declared_items(step.arguments, ("ProcessingOutputConfig", "Outputs"), "OutputName")
    seen: set[str] = set()
    for position, item in enumerate(declared):
        place = f"{path}[{position}]"
        if not isinstance(item, Mapping):
            report.error(
                place, f"must be an object, not {describe(item)}.", f"Give {', '.join(_KEYS)}."
            )
            continue
        for key in item:
            if key not in _KEYS:
                report.error(f"{place}.{key}", "is unknown.", known_names(str(key), _KEYS))
        for key in _KEYS:
            value = item.get(key)
            if not isinstance(value, str) or not value:
                what = f"has no {key}." if value is None else f"{key} must be a string with text."
                report.error(place, what, "Give all of: " + ", ".join(_KEYS) + ".")
        name, output = item.get("PropertyFileName"), item.get("OutputName")
        if isinstance(name, str):
            if name in seen:
                report.error(
                    f"{place}.PropertyFileName",
                    f"{name!r} is declared twice.",
                    "Give every property file of the step a name of its own.",
                )
            seen.add(name)
        if isinstance(output, str) and output and outputs is not None and output not in outputs:
            report.error(
                f"{place}.OutputName",
                f"step {step.name!r} has no output {output!r}.",
                known_names(output, outputs, none="The step declares no output."),
            )
