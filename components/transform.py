"""Send lines through the serving container of a model and keep its answers."""

from pathlib import Path

from penstock.contract import Dataset, Model, component, output


@component(kind="transform")
def transform(model: Model, lines: Dataset) -> Dataset:
    """Answer each line with the model's scores.

    On SageMaker these are the native Model and Transform steps, set by
    `configure(..., sagemaker={...})`. Elsewhere this body asks the same predictor and gives what
    those steps give with the settings that `components.serving.lines.transform_settings` returns.

    Args:
        model: The model folder.
        lines: CSV without a header or JSON Lines: one file, or a folder of files. Whatever stands
            before the model's columns is carried along.

    Returns:
        A folder with `<file>.out` for each file: the carried columns and the scores, a line each.

    Raises:
        DataError: The model cannot be served, or a line cannot be read; file, line and column are
            named.
    """
    from components.serving.lines import answer_files
    from components.serving.predictor import load

    answers = output(Dataset, "output")
    answer_files(load(model.path), Path(lines.path), Path(answers.path))
    return answers
