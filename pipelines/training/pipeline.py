"""The training pipeline: preprocess → train → evaluate → evidence → register, or fail at a gate.

The live model, the champion, scores the same test rows. With one model per segment, what passed and
is recommended is assembled with what serves the other segments.

A pipeline file only wires; what a step does is in `components/<step>.py`.
"""

from typing import Any

from components.assemble import assemble
from components.evaluate import evaluate
from components.evidence import evidence
from components.preprocess import preprocess
from components.register import register
from components.train import train
from penstock.contract.wiring import execution_id, fail, otherwise, pipeline, value, when
from penstock.use_case import UseCase
from pipelines.lineage import lineage, told
from pipelines.sizing import size


def training(use_case: UseCase) -> Any:
    """Wire the training pipeline of a use case; its settings are the parameters' defaults."""

    @pipeline(name=f"{use_case.group}-training", description=use_case.description)
    def wire(
        source: str = use_case.source.uri,
        window: str = "",
        champion: str = "",
        champion_version: str = "",
        champion_evidence: str = "",
        train_start: str = "",
        train_end: str = "",
        validation_days: int = use_case.split.validation_days,
        test_start: str = "",
        test_end: str = "",
        candidates: str = "",
        seed: int = use_case.seed,
        reason: str = "",
        started_by: str = "",
        code: str = "",
        definition: str = "",
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
            champion=champion,
            champion_version=champion_version,
        )
        size(quality, use_case, "evaluate")

        with when(value(quality.passed) == True):  # noqa: E712  # Decided when the pipeline runs.
            model, assembly = fitted.model, quality.metrics
            if use_case.segments is not None:
                assembled = assemble(
                    use_case=use_case.reference,
                    model=fitted.model,
                    metrics=quality.metrics,
                    champion=champion,
                )
                size(assembled, use_case, "evaluate")
                model, assembly = assembled.bundle, assembled.summary

            proof = evidence(
                use_case=use_case.reference,
                group=use_case.group,
                model=model,
                metrics=quality.metrics,
                report=quality.report,
                summary=data.summary,
                assembly=assembly,
                train=data.train,
                test=data.test,
                execution=execution_id(),
                champion_version=champion_version,
                champion_evidence=champion_evidence,
                reason=reason,
                started_by=started_by,
                code=code,
                definition=definition,
            )
            size(proof, use_case, "evaluate", cache=False)  # It tells of this very run.

            register(
                group=use_case.group,
                model=model,
                metrics=quality.metrics,
                report=quality.report,
                evidence=proof.pack,
                properties={"use_case": use_case.reference, **lineage(data), **told(proof)},
            )
        with otherwise():
            fail(message=quality.verdict)

    return wire
