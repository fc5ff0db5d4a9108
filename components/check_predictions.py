"""Hold predictions against what they must be like before anybody acts on them."""

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from penstock.contract import Dataset, Metrics, component, output


class Checked(NamedTuple):
    """Predictions that may be published, as they came, and what they are like."""

    sound: Dataset
    summary: Metrics


@component()
def check_predictions(use_case: str, predictions: Dataset, due: int) -> Checked:
    """Refuse predictions that are not sound; every broken check is listed.

    Args:
        use_case: Name or pinned reference of the use case; `inference.checks` has the limits.
        predictions: As `batch_transform` writes them.
        due: Rows that decisions are due for.

    Raises:
        DataError: Rows are missing or too many, a key repeats, columns are missing, scores are out
            of range, not finite, or too often missing.
        UseCaseError: The use case is unknown.
    """
    from components.decisions.checks import check, describe
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    given = Path(predictions.path)
    check(given, settings, due)
    handed_on, summary = output(Dataset, "sound"), output(Metrics, "summary")
    try:
        os.link(given, handed_on.path)
    except OSError:  # Another disk, or one without links.
        shutil.copyfile(given, handed_on.path)
    document = describe(given, settings)
    Path(summary.path).write_text(
        json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8"
    )
    summary.log_metric("rows", document["rows"])
    return Checked(handed_on, summary)
