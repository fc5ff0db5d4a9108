"""The inference pipeline: prepare the rows due → score them → check the scores → publish.

A pipeline file only wires; what a step does is in `components/<step>.py`.
"""

from typing import Any

from components.batch_transform import batch_transform
from components.check_predictions import check_predictions
from components.collect_scores import collect_scores
from components.prepare import prepare
from components.publish import publish
from components.serving.lines import transform_settings
from components.transform import transform
from penstock.contract.wiring import configure, imported_model, pipeline
from penstock.use_case import UseCase
from pipelines.sizing import size


def inference(use_case: UseCase) -> Any:
    """Wire the inference pipeline of a use case; its settings are the parameters' defaults."""

    @pipeline(name=f"{use_case.group}-inference", description=use_case.description)
    def wire(
        source: str = use_case.source.uri,
        model: str = "",
        model_version: str = "",
        model_digest: str = "",
        day: str = "",
        sinks: list[str] = use_case.inference.sinks,  # KFP copies it
    ) -> None:
        approved = imported_model(model)

        due = prepare(use_case=use_case.reference, source=source, day=day)
        size(due, use_case, "prepare", cache=False)  # The source may have grown since.

        if use_case.inference.form == "parquet":
            scored = batch_transform(
                use_case=use_case.reference,
                model=approved,
                rows=due.rows,
                model_version=model_version,
                model_digest=model_digest,
            )
        else:
            answers = transform(model=approved, lines=due.lines)
            configure(answers, sagemaker=transform_settings(use_case))
            scored = collect_scores(
                use_case=use_case.reference,
                model=approved,
                rows=due.rows,
                transformed=answers,
                model_version=model_version,
                model_digest=model_digest,
            )
        size(scored, use_case, "batch_transform")

        checked = check_predictions(use_case=use_case.reference, predictions=scored, due=due.due)
        size(checked, use_case, "publish")

        published = publish(
            use_case=use_case.reference,
            predictions=checked.sound,
            day=due.day,
            run=due.run,
            sinks=sinks,
            source=source,
            model_version=model_version,
        )
        size(published, use_case, "publish", cache=False)  # What a sink holds may have changed.

    return wire
