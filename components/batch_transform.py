"""Score prepared rows: Parquet in, Parquet out, in constant memory."""

from pathlib import Path

from penstock.contract import Dataset, Model, component, output


@component()
def batch_transform(
    use_case: str, model: Model, rows: Dataset, model_version: str = "", model_digest: str = ""
) -> Dataset:
    """Score every row; the same numbers as the serving container gives, to the last bit.

    Args:
        use_case: Name or pinned reference of the use case.
        model: The model folder: one model, or a bundle of one a segment.
        rows: Rows as `prepare` writes them.
        model_version: Such as `fraud/3`, for the record.
        model_digest: Content digest that the model must have; empty: any.

    Returns:
        Parquet in the order of the rows: carried columns, `score`, `decision`, `model`,
        `model_version` and reasons where the use case asks for them.

    Raises:
        ApprovalError: The model is not the one that was approved.
        DataError: The model was trained on another schema than the rows', or its folder is damaged.
        UseCaseError: The use case is unknown.
        WorkError: The disk is full.
    """
    from components.scoring.approved import check_approved
    from components.scoring.predictions import PredictionForm
    from components.scoring.streaming import score_file
    from components.training.scorer import load_model
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    check_approved(Path(model.path), model_digest, model_version)
    scorer = load_model(Path(model.path))
    predictions = output(Dataset, "output")
    form = PredictionForm(settings, scorer.manifest.classes, model_version)
    count = score_file(Path(rows.path), Path(predictions.path), scorer, form)
    predictions.metadata["rows"] = count
    return predictions
