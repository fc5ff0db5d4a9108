"""A component is a plain function that KFP can also compile and run."""

import enum
import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from kfp import compiler
from kfp.dsl.executor import Executor

from penstock.contract import Dataset, Model, component, output, outputs_in
from penstock.contract.wiring import configure, fail, otherwise, pipeline, value, when
from penstock.errors import PortabilityError


class Technique(enum.StrEnum):
    FAST = "fast"
    EXACT = "exact"


class Split(NamedTuple):
    rows: Dataset
    count: int
    technique: Technique


@component()
def split(
    text: str,
    technique: Technique = Technique.FAST,
    unit: Literal["day", "hour"] = "day",
    limit: int | None = None,
    names: list[str] = [],  # noqa: B006  # KFP reads the default from the signature
    weights: dict[str, float] = {},  # noqa: B006
) -> Split:
    rows = output(Dataset, "rows")
    Path(rows.path).write_text(text * (limit or 1) + unit + "".join(names) + json.dumps(weights))
    return Split(rows, limit or 1, technique)


@component(kind="training")
def fit(rows: Dataset, rate: float = 0.5) -> Model:
    model = output(Model, "output")
    Path(model.path).write_text(f"{Path(rows.path).read_text()} {rate}")
    return model


@component()
def shout(text: str) -> str:
    return text.upper()


def execute(
    function: Any, folder: Path, parameters: dict[str, Any], artifacts: dict[str, str]
) -> dict[str, Any]:
    """Run a component as KFP's executor does in a container."""
    executor_input = {
        "inputs": {"parameterValues": parameters},
        "outputs": {
            "outputFile": str(folder / "executor_output.json"),
            "artifacts": {
                name: {
                    "artifacts": [
                        {
                            "name": name,
                            "uri": str(folder / name),
                            "metadata": {},
                            "type": {"schemaTitle": kind, "schemaVersion": "0.0.1"},
                        }
                    ]
                }
                for name, kind in artifacts.items()
            },
        },
    }
    Executor(executor_input, function).execute()
    written: dict[str, Any] = json.loads((folder / "executor_output.json").read_text())
    return written


def test_called_in_a_test_it_is_the_function(tmp_path: Path) -> None:
    with outputs_in(tmp_path / "outputs"):
        result = split(text="ab", limit=2)
    assert result.count == 2
    assert result.technique is Technique.FAST
    assert Path(result.rows.path).read_text() == "ababday{}"
    assert result.rows.path == str(tmp_path / "outputs" / "rows")


def test_kfps_executor_runs_it_and_restores_the_types_kfp_refuses(tmp_path: Path) -> None:
    written = execute(
        split,
        tmp_path,
        {"text": "x", "technique": "exact", "unit": "hour", "limit": 3.0, "names": ["n"]},
        {"rows": "system.Dataset"},
    )
    assert written["parameterValues"] == {"count": 3, "technique": "exact"}
    assert written["artifacts"]["rows"]["artifacts"][0]["uri"] == str(tmp_path / "rows")
    assert (tmp_path / "rows").read_text() == "xxxhourn{}"


def test_a_single_value_is_the_output_called_output(tmp_path: Path) -> None:
    assert execute(shout, tmp_path, {"text": "a"}, {})["parameterValues"] == {"output": "A"}


def test_a_value_outside_its_literal_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^'week' is none of 'day', 'hour'$"):
        execute(split, tmp_path, {"text": "x", "unit": "week"}, {"rows": "system.Dataset"})


def test_an_output_outside_of_any_engine_says_how_to_call_the_component() -> None:
    with pytest.raises(LookupError) as caught:
        split(text="x")
    assert str(caught.value) == (
        "output 'rows' has no place. Outside of a pipeline call the component "
        "within `with outputs_in(folder):`."
    )


def test_an_undeclared_output_is_named_with_the_declared_ones(tmp_path: Path) -> None:
    @component()
    def careless() -> Dataset:
        return output(Dataset, "other")

    with pytest.raises(LookupError) as caught:
        execute(careless, tmp_path, {}, {"output": "system.Dataset"})
    assert str(caught.value) == ("this component declares no output 'other'. It declares: output.")


def test_wired_it_compiles_to_plain_ir_with_its_kind_and_source_line(tmp_path: Path) -> None:
    @pipeline(name="wired")
    def wired(text: str = "a", limit: int = 2) -> None:
        data = split(text=text, limit=limit, technique=Technique.EXACT)
        configure(data, cpu=2, memory="4G", retries=3, cache=False, sagemaker={"spot": True})
        fit(rows=data.rows)
        with when(value(data.count) >= 2):
            fit(rows=data.rows, rate=0.1)
        with otherwise():
            fail(message=f"only {data.count}")

    compiler.Compiler().compile(wired, str(tmp_path / "wired.yaml"))
    import yaml

    specification, platforms = yaml.safe_load_all((tmp_path / "wired.yaml").read_text())
    assert specification["components"]["comp-split"]["inputDefinitions"]["parameters"] == {
        "limit": {"isOptional": True, "parameterType": "NUMBER_INTEGER"},
        "names": {"defaultValue": [], "isOptional": True, "parameterType": "LIST"},
        "technique": {"defaultValue": "fast", "isOptional": True, "parameterType": "STRING"},
        "text": {"parameterType": "STRING"},
        "unit": {"defaultValue": "day", "isOptional": True, "parameterType": "STRING"},
        "weights": {"defaultValue": {}, "isOptional": True, "parameterType": "STRUCT"},
    }
    executors = platforms["platforms"]["sagemaker"]["deploymentSpec"]["executors"]
    assert executors["exec-fit"]["step"] == "training"
    assert executors["exec-split"]["spot"] is True
    line = wired.pipeline_func.__code__.co_firstlineno + 2
    assert executors["exec-split"]["source"].endswith(f"test_component.py:{line}")
    assert specification["deploymentSpec"]["executors"]["exec-split"]["container"]["command"] == [
        "env",
        "_KFP_RUNTIME=true",
        "python3",
        "-m",
        "kfp.dsl.executor_main",
    ]


def test_every_trap_of_the_wiring_is_reported_at_once_with_its_line() -> None:
    from kfp import dsl

    with pytest.raises(PortabilityError) as caught:

        @pipeline(name="trapped")
        def trapped(text: str = "a", limit: int = 2) -> None:
            data = split(text=text, limit=limit)
            if data.count == 1:
                fit(rows=data.rows)
            with dsl.If((data.count >= 1) and (data.count < 3)):  # type: ignore[arg-type]
                fit(rows=data.rows)
            with dsl.If(data.technique == "it's"):  # type: ignore[arg-type]
                fit(rows=data.rows)

    line = test_every_trap_of_the_wiring_is_reported_at_once_with_its_line.__code__.co_firstlineno
    said = [(p.what, p.where.rsplit(":", 1)[1], p.remedy) for p in caught.value.problems]
    decided = (
        "`and`, `or`, `not`, `if` or a chained comparison on an output is decided while the "
        "pipeline is wired, not when it runs."
    )
    nest = "Use `with when(...)`, one inside the other for `and`."
    assert said == [
        (decided, str(line + 8), nest),
        (decided, str(line + 10), nest),
        (
            'the constant "it\'s" in a condition holds a quote, a backslash or a line break, which '
            "KFP does not escape.",
            str(line + 12),
            "Compare in a component and return a bool.",
        ),
    ]


def test_a_condition_of_ours_in_pythons_if_is_refused_where_it_stands() -> None:
    with pytest.raises(PortabilityError) as caught:

        @pipeline(name="trapped")
        def trapped(limit: int = 2) -> None:
            if value(limit) >= 1 and value(limit) < 3:
                fail(message="never")

    assert caught.value.problems[0].what == (
        "a condition on an output is decided when the pipeline runs; Python's `and`, `or`, `not` "
        "and `if` decide while it is wired."
    )
