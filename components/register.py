"""Register a model as a pending version of its group."""

from pathlib import Path

from penstock.contract import HTML, Dataset, Metrics, Model, component


@component(kind="register")
def register(
    group: str,
    model: Model,
    metrics: Metrics,
    report: HTML,
    evidence: Dataset,
    properties: dict[str, str],
) -> int:
    """Register the model with its metrics and report; people decide about it later.

    On SageMaker this is the native RegisterModel step. Elsewhere this body writes to the MLflow
    registry that `MLFLOW_TRACKING_URI` names, or to `.penstock/mlflow.db`.

    Args:
        group: Name of the model group.
        model: The model folder.
        metrics: Metrics as JSON.
        report: The report.
        evidence: The evidence pack; an approval names it.
        properties: Facts about the candidate; a second call with the same `execution` and `step`
            gives the version of the first.

    Returns:
        The version's number.
    """
    from penstock.registry import Candidate, default_uri, open_registry

    registered = open_registry(default_uri()).register(
        Candidate(
            group,
            Path(model.path),
            Path(metrics.path),
            Path(report.path),
            {str(name): _text(value) for name, value in properties.items()},
            evidence=Path(evidence.path),
        )
    )
    return registered.version


def _text(value: object) -> str:
    """Return a property as text; numbers that travelled as 5.0 are 5 again."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
