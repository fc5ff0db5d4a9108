"""Promises over many definitions: harmless edits, garbage, botocore's own validator."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.targets.sagemaker.validation import (
    Finding,
    check_definition,
    check_definition_text,
    errors_of,
)

GOOD = json.loads((Path(__file__).parent / "good_definition.json").read_text(encoding="utf-8"))
ROLE = "arn:aws:iam::000000000000:role/penstock"
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
words = st.sampled_from(
    ["Get", "Std:Join", "Std:JsonGet", "Steps", "Name", "Type", "Arguments", "On", "Values", "Path"]
)
targets = st.sampled_from(
    [
        "Parameters.Role",
        "Parameters.",
        "Steps.",
        "Steps.Train",
        "Steps.Train.",
        "Steps.Train.ModelArtifacts",
        "Steps.Preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri",
        "Steps.Preprocess.PropertyFiles.parameters",
        "Steps.Gate.Outcome",
        "Execution.PipelineName",
        "ForEach.CurrentItem",
        ".",
        "",
    ]
)
garbage = st.recursive(
    scalars | targets,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(words | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a JSON value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def put(definition: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        definition = definition[key]
    definition[path[-1]] = value


PLACES = list(places(GOOD))
Edit = Callable[[dict[str, Any]], None]


@st.composite
def harmless_edits(draw: st.DrawFn) -> Edit:
    def describe(definition: dict[str, Any]) -> None:
        step = draw(st.sampled_from(definition["Steps"]))
        step["Description"] = draw(st.text(max_size=100))
        step["DisplayName"] = draw(names)

    def declare(definition: dict[str, Any]) -> None:
        kind, default = draw(
            st.sampled_from([("String", "x"), ("Integer", 1), ("Float", 1), ("Boolean", True)])
        )
        name = "Unused" + draw(names)[:20]
        taken = [parameter["Name"] for parameter in definition["Parameters"]]
        if name not in taken:
            definition["Parameters"].append({"Name": name, "Type": kind, "DefaultValue": default})

    def resize(definition: dict[str, Any]) -> None:
        cluster = definition["Steps"][0]["Arguments"]["ProcessingResources"]["ClusterConfig"]
        cluster["VolumeSizeInGB"] = draw(st.integers(1, 16384))
        cluster["InstanceCount"] = draw(st.integers(1, 100))

    def write_out(definition: dict[str, Any]) -> None:
        definition["Steps"][1]["Arguments"]["RoleArn"] = ROLE

    def add_hyperparameter(definition: dict[str, Any]) -> None:
        text = draw(st.text(alphabet="abc0.=", max_size=2500))
        definition["Steps"][1]["Arguments"]["HyperParameters"][draw(names)] = text

    def copy_step(definition: dict[str, Any]) -> None:
        step = copy.deepcopy(draw(st.sampled_from(definition["Steps"][:3])))
        step["Name"] = f"Copy{len(definition['Steps'])}"
        definition["Steps"].append(step)

    def tag(definition: dict[str, Any]) -> None:
        arguments = definition["Steps"][1]["Arguments"]
        arguments["Tags"] = [{"Key": draw(names), "Value": "1"}]

    def note(definition: dict[str, Any]) -> None:
        definition["Metadata"][draw(names)] = draw(scalars)

    return draw(
        st.sampled_from(
            [describe, declare, resize, write_out, add_hyperparameter, copy_step, tag, note]
        )
    )


@QUICK
@given(edits=st.lists(harmless_edits(), max_size=5), shuffle=st.randoms())
def test_a_good_definition_stays_good_under_harmless_edits(edits: list[Edit], shuffle: Any) -> None:
    definition = copy.deepcopy(GOOD)
    for edit in edits:
        edit(definition)
    shuffle.shuffle(definition["Steps"])
    shuffle.shuffle(definition["Parameters"])
    assert check_definition(definition, "definition.json") == []


@QUICK
@given(path=st.sampled_from(PLACES), value=garbage)
def test_garbage_anywhere_never_breaks_the_check(path: tuple[Any, ...], value: Any) -> None:
    definition = copy.deepcopy(GOOD)
    put(definition, path, value)
    first = check_definition(definition, "definition.json")
    assert all(isinstance(finding, Finding) and finding.remedy for finding in first)
    assert check_definition(copy.deepcopy(definition), "definition.json") == first


@QUICK
@given(text=st.text() | garbage.map(json.dumps))
def test_no_text_breaks_the_check(text: str) -> None:
    check_definition_text(text, "definition.json")


def plausible(value: Any) -> Any:
    """Replace every reference by a text that any member takes."""
    if isinstance(value, dict):
        if any(key == "Get" or key.startswith("Std:") for key in value):
            return ROLE
        return {key: plausible(item) for key, item in value.items()}
    return [plausible(item) for item in value] if isinstance(value, list) else value


SHAPES = {
    "Processing": ("CreateProcessingJobRequest", {"ProcessingJobName": "job"}),
    "Training": ("CreateTrainingJobRequest", {"TrainingJobName": "job"}),
    "Transform": ("CreateTransformJobRequest", {"TransformJobName": "job"}),
    "Model": ("CreateModelInput", {"ModelName": "model"}),
    "RegisterModel": ("CreateModelPackageInput", {}),
}
gate = GOOD["Steps"][3]["Arguments"]
JOBS = [plausible(step) for step in [*GOOD["Steps"], *gate["IfSteps"]] if step["Type"] in SHAPES]
for job in JOBS:
    if job["Type"] == "Training":
        job["Arguments"]["ResourceConfig"]["InstanceCount"] = 1
JOB_PLACES = [
    (position, ("Arguments", *path))
    for position, job in enumerate(JOBS)
    for path in places(job["Arguments"])
]
plain = st.recursive(
    st.booleans() | st.integers(-5, 500) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ", min_size=1), inner)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


@QUICK
@given(place=st.sampled_from(JOB_PLACES), value=plain)
def test_what_botocore_refuses_is_refused(
    model: ServiceModel, place: tuple[int, tuple[Any, ...]], value: Any
) -> None:
    position, path = place
    job = copy.deepcopy(JOBS[position])
    put(job, path, value)
    for key in ("DependsOn", "PropertyFiles"):
        job.pop(key, None)
    shape, generated = SHAPES[job["Type"]]
    report = ParamValidator().validate(
        {**job["Arguments"], **generated}
        if isinstance(job["Arguments"], dict)
        else job["Arguments"],
        model.shape_for(shape),
    )
    found = check_definition({"Version": "2020-12-01", "Steps": [job]}, "definition.json")
    if report.has_errors():
        assert errors_of(found), report.generate_report()
