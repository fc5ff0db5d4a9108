# ruff: noqa: E712, UP045, B006, PTH123  # KFP reads these forms alone
"""Pipelines over the components, each for one part of the lowering."""

from typing import Optional

from kfp import dsl

from components.wait_for_approval import wait_for_approval
from parts.steps import (
    count,
    evaluate,
    gather,
    merge,
    preprocess,
    register,
    shout,
    train,
    transform,
    weigh,
)
from penstock.contract.wiring import (
    configure,
    fail,
    imported_model,
    otherwise,
    pipeline,
    value,
    when,
)


@pipeline(name="gated")
def gated(source: str = "a b c d e f", gate: float = 0.2, rounds: int = 5) -> None:
    data = preprocess(source=source)
    fitted = train(rows=data.train, rounds=rounds)
    quality = evaluate(
        model=fitted.model, test=data.test, scores=fitted.scores, best=fitted.best, gate=gate
    )
    configure(quality, cpu=4, memory="10G", cache=False)
    with when(value(quality.passed) == True):
        register(
            group="words",
            model=fitted.model,
            metrics=quality.metrics,
            report=quality.report,
            properties={"rounds": f"{rounds}", "score": f"{quality.score}"},
        )
    with otherwise():
        fail(message=f"the gate is not met: {quality.verdict}")


@pipeline(name="configured")
def configured(source: str = "a b", limit: Optional[int] = None) -> None:
    data = preprocess(source=source, limit=limit)
    configure(data, retries=3, sagemaker={"environment": {"LEVEL": "2"}, "tags": {"team": "x"}})
    fitted = train(rows=data.train)
    configure(
        fitted,
        sagemaker={
            "instance_type": "ml.c6i.2xlarge",
            "spot": True,
            "max_runtime_seconds": 3600,
            "max_wait_seconds": 7200,
            "metric_definitions": {"auc": "auc=([0-9.]+)"},
            "volume_size_gb": 50,
        },
    )
    last = shout(text="after")
    configure(last, after=fitted)


@pipeline(name="nested")
def nested(flag: bool = True, least: int = 2) -> None:
    data = preprocess(source="a b c")
    with when(value(flag) == True):
        loud = shout(text="x")
        with when(value(data.rows) >= least):
            shout(text=loud)
        with when(value(loud) != "X"):
            shout(text="never")


@pipeline(name="unrolled")
def unrolled(words: list = ["one", "two"], text: str = "t") -> None:
    with dsl.ParallelFor(items=words) as word:
        loud = shout(text=word)
    count(words=dsl.Collected(loud))
    with dsl.ParallelFor(items=[{"a": "1"}, {"a": "2"}], parallelism=1) as item:
        shout(text=item.a)
    with dsl.ParallelFor(items=["3", "4"]) as number:
        shout(text=f"{text}-{number}")


@pipeline(name="lists")
def lists(text: str = "one two") -> None:
    data = preprocess(source=text)
    with dsl.If(data.rows == 2):
        yes = shout(text="two")
    with dsl.Else():
        no = shout(text="other")
    shout(text=dsl.OneOf(yes, no))


@dsl.component(base_image="python:3.11")
def words_of(text: str) -> list:
    return text.split()


@dsl.component(base_image="python:3.11")
def longer(text: str, rows: dsl.Output[dsl.Dataset]) -> str:
    with open(rows.path, "w") as file:
        file.write(text)
    return text + "!"


@dsl.component(base_image="python:3.11")
def total(words: list, rows: dsl.Input[list[dsl.Dataset]]) -> int:
    return len(words) + sum(len(open(member.path).read()) for member in rows)


@dsl.pipeline(name="foreign")
def foreign(text: str = "a bc def") -> None:
    found = words_of(text=text)
    with dsl.ParallelFor(items=found.output) as word:
        each = longer(text=word)
    total(words=dsl.Collected(each.outputs["Output"]), rows=dsl.Collected(each.outputs["rows"]))
    once = longer(text="x")
    once.set_retry(2)


@dsl.container_component
def announce(text: str):
    return dsl.ContainerSpec(image="alpine:3.20", command=["echo"], args=["said", text])


@dsl.pipeline(name="exits")
def exits(text: str = "x") -> None:
    last = announce(text="done")
    with dsl.ExitHandler(last):
        announce(text=text)


@pipeline(name="imported")
def imported(model: str = "") -> None:
    weigh(model=imported_model(model))


@pipeline(name="transformed")
def transformed(model: str = "", source: str = "a b c") -> None:
    data = preprocess(source=source)
    scores = transform(model=imported_model(model), lines=data.train)
    configure(
        scores,
        retries=2,
        cpu=4,
        sagemaker={
            "accept": "text/csv",
            "max_payload_mb": 10,
            "max_concurrent": 4,
            "input_filter": "$[2:]",
            "join_source": "Input",
            "output_filter": "$[0,1,-1]",
            "environment": {"LEVEL": "2"},
            "tags": {"team": "x"},
        },
    )
    gather(rows=scores)
    with when(value(data.rows) >= 2):
        fitted = train(rows=data.train)
        again = transform(model=merge(model=fitted.model), lines=data.test)
        configure(again, after=scores)


@pipeline(name="awaited")
def awaited(source: str = "a b c", stage: str = "prod") -> None:
    data = preprocess(source=source)
    fitted = train(rows=data.train)
    quality = evaluate(
        model=fitted.model, test=data.test, scores=fitted.scores, best=fitted.best, gate=0.1
    )
    approved = wait_for_approval(group="words", evidence=quality.verdict, stage=stage)
    configure(weigh(model=fitted.model), after=approved)
