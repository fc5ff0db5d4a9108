"""Whether a model was trained for these rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.scoring.predictions import PredictionForm
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

_REMEDY = "Use a model that was trained with this feature SQL, or train one."


def check_schema(schema: "pa.Schema", scorer: Any, form: PredictionForm, rows: Path) -> None:
    """Refuse rows that the model was not trained for.

    Args:
        schema: Of the rows.
        scorer: What `load_model` returned.
        form: How scored rows are told.
        rows: Where the rows are, for the message.

    Raises:
        DataError: Each feature that is missing, too many or no number is listed, and each column
            that would hide one of the predictions'.
    """
    which = f"model {form.model_version}" if form.model_version else "the model"
    features = scorer.manifest.feature_names
    problems = []
    for name in scorer.needed_columns:
        if name not in schema.names:
            kind = "feature" if name in features else "segment column"
            problems.append(f"{which} needs the {kind} {name!r}, which the rows lack.")
        elif name in features and str(schema.field(name).type) != "double":
            found = schema.field(name).type
            problems.append(f"{which} takes {name!r} as double, the rows hold {found}.")
    problems += [
        f"{which} was trained without the feature {name!r}."
        for name in form.use_case.features
        if name not in features
    ]
    found_problems = [Problem(what, str(rows), _REMEDY) for what in problems]
    found_problems += [
        Problem(
            f"the column {name!r} bears the name of a column of predictions.",
            str(rows),
            "Give it another name in the use case.",
        )
        for name in form.carried(schema.names)
        if name in form.added()
    ]
    if found_problems:
        raise DataError(found_problems)
