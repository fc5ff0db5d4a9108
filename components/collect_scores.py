"""The answers of the native Transform step beside the rows that were asked about."""

from pathlib import Path

from penstock.contract import Dataset, Model, component, output


@component()
def collect_scores(
    use_case: str,
    model: Model,
    rows: Dataset,
    transformed: Dataset,
    model_version: str = "",
    model_digest: str = "",
) -> Dataset:
    """Bring the answers into the form that `batch_transform` gives.

    Args:
        use_case: Name or pinned reference of the use case.
        model: The model folder that was asked: it knows classes and thresholds.
        rows: The rows that `prepare` wrote.
        transformed: The folder of answers, a line for each row.
        model_version: Such as `fraud/3`, for the record.
        model_digest: Content digest that the model must have; empty: any.

    Returns:
        Parquet as `batch_transform` gives it, without reasons.

    Raises:
        ApprovalError: The model is not the one that was approved.
        DataError: There are more or fewer answers than rows, or a line cannot be read.
        UseCaseError: The use case is unknown.
        WorkError: The disk is full.
    """
    from components.scoring.approved import check_approved
    from components.scoring.collecting import collect
    from components.scoring.predictions import PredictionForm
    from components.training.scorer import load_model
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    check_approved(Path(model.path), model_digest, model_version)
    scorer = load_model(Path(model.path))
    predictions = output(Dataset, "output")
    form = PredictionForm(settings, scorer.manifest.classes, model_version)
    count = collect(Path(rows.path), Path(transformed.path), Path(predictions.path), scorer, form)
    predictions.metadata["rows"] = count
    return predictions
