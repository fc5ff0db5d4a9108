"""A small pipeline like the training pipeline: every native step and setting that it uses."""

from typing import NamedTuple

from penstock.contract import HTML, Dataset, Metrics, Model, component, output
from penstock.contract.wiring import configure, fail, otherwise, pipeline, value, when


class Split(NamedTuple):
    train: Dataset
    validation: Dataset
    test: Dataset
    rows: int


class Evaluation(NamedTuple):
    metrics: Metrics
    report: HTML
    roc_auc: float
    passed: bool
    verdict: str


@component()
def preprocess(source: str, label_delay_days: int) -> Split:
    """Split the rows."""
    made = [output(Dataset, name) for name in ("train", "validation", "test")]
    return Split(made[0], made[1], made[2], len(source) + label_delay_days)


@component(kind="training")
def train(train: Dataset, validation: Dataset, seed: int, max_depth: int = 6) -> Model:
    """Train a model."""
    return output(Model, "model")


@component()
def evaluate(model: Model, test: Dataset, minimum_roc_auc: float) -> Evaluation:
    """Evaluate the model."""
    metrics, report = output(Metrics, "metrics"), output(HTML, "report")
    return Evaluation(metrics, report, minimum_roc_auc, True, "passed")


@component(kind="register")
def register(
    model: Model, metrics: Metrics, report: HTML, group: str, properties: dict[str, str]
) -> None:
    """Register the model."""


@pipeline(name="training")
def training(
    source: str = "s3://data/transactions",
    group: str = "fraud",
    label_delay_days: int = 7,
    seed: int = 0,
    minimum_roc_auc: float = 0.8,
) -> None:
    split = preprocess(source=source, label_delay_days=label_delay_days)
    configure(split, cpu=2, memory="8G", retries=3, sagemaker={"environment": {"LOG": "INFO"}})
    model = train(train=split.train, validation=split.validation, seed=seed)
    configure(
        model,
        retries=2,
        sagemaker={"spot": True, "max_runtime_seconds": 3600, "max_wait_seconds": 7200},
    )
    found = evaluate(model=model, test=split.test, minimum_roc_auc=minimum_roc_auc)
    configure(found, cache=False)
    with when(value(found.passed) == True):  # noqa: E712 - decided when the pipeline runs
        register(
            model=model,
            metrics=found.metrics,
            report=found.report,
            group=group,
            properties={"verdict": found.verdict},
        )
    with otherwise():
        fail(message=found.verdict)
