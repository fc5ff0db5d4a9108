"""The training pipeline: preprocess → train → evaluate → register if every gate passes, else fail.

With one model per segment, what passed is assembled with what served the other segments before.

A pipeline file only wires; what a step does is in `components/<step>.py`.
"""

from typing import Any

from components.assemble import assemble
from components.evaluate import evaluate
from components.preprocess import preprocess
from components.register import register
from components.train import train
from penstock.contract.wiring import fail, otherwise, pipeline, value, when
from penstock.use_case import UseCase
from pipelines.lineage import lineage
from pipelines.sizing import size


def training(use_case: UseCase) -> Any:
    """Wire the training pipeline of a use case; its settings are the parameters' defaults."""

    @pipeline(name=f"{use_case.group}-training", description=use_case.description)
    def wire(
        source: str = use_case.source.uri,
        window: str = "",
        previous: str = "",
        train_start: str = "",
        train_end: str = "",
        validation_days: int = use_case.split.validation_days,
        test_start: str = "",
        test_end: str = "",
        candidates: str = "",
        seed: int = use_case.seed,
    ) -> None:
        data = preprocess(
            use_case=use_case.reference,
            source=source,
            window=window,
            train_start=train_start,
            train_end=train_end,
            validation_days=validation_days,
            test_start=test_start,
            test_end=test_end,
            seed=seed,
        )
        size(data, use_case, "preprocess", cache=False)  # The source may have grown since.

        fitted = train(
            use_case=use_case.reference,
            train=data.train,
            validation=data.validation,
            candidates=candidates,
            seed=seed,
        )
        size(fitted, use_case, "train")

        quality = evaluate(
            use_case=use_case.reference,
            model=fitted.model,
            test=data.test,
            scores=fitted.scores,
            seed=seed,
        )
        size(quality, use_case, "evaluate")

        with when(value(quality.passed) == True):  # noqa: E712  # Decided when the pipeline runs.
            model = fitted.model
            if use_case.segments is not None:
                assembled = assemble(
                    use_case=use_case.reference,
                    model=fitted.model,
                    metrics=quality.metrics,
                    previous=previous,
                )
                size(assembled, use_case, "evaluate")
                model = assembled.bundle
            register(
                group=use_case.group,
                model=model,
                metrics=quality.metrics,
                report=quality.report,
                properties={"use_case": use_case.reference, **lineage(data)},
            )
        with otherwise():
            fail(message=quality.verdict)

    return wire
