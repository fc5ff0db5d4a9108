"""A small pipeline that scores lines with a model that exists already."""

from penstock.contract import Dataset, Model, component, output
from penstock.contract.wiring import configure, imported_model, pipeline


@component()
def prepare(source: str) -> Dataset:
    """Write lines."""
    return output(Dataset, source)


@component(kind="transform")
def transform(model: Model, lines: Dataset) -> Dataset:
    """Score the lines."""
    return output(Dataset, model.name + lines.name)


@component()
def collect(answers: Dataset) -> int:
    """Read the scores."""
    return len(answers.path)


@pipeline(name="inference")
def inference(model: str = "", source: str = "s3://data/transactions") -> None:
    lines = prepare(source=source)
    answers = transform(model=imported_model(model), lines=lines)
    configure(
        answers,
        cpu=4,
        retries=2,
        sagemaker={
            "accept": "text/csv",
            "max_payload_mb": 12,
            "max_concurrent": 4,
            "input_filter": "$[2:]",
            "join_source": "Input",
            "output_filter": "$[0,1,-1]",
            "environment": {"LOG": "INFO"},
        },
    )
    collect(answers=answers)
