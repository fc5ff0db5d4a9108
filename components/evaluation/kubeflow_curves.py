"""The ROC curve and the confusion matrix as Kubeflow's page draws them."""

import json
from pathlib import Path

from components.evaluation.curves import roc_curve
from components.evaluation.document import confusion_of
from components.evaluation.panel import Judged
from penstock.contract import ClassificationMetrics


def log_curves(curves: ClassificationMetrics, judged: Judged) -> None:
    """Log what the task has: both for two classes, the matrix for more, nothing for regression.

    The artifact's file holds the same as JSON, for targets that keep no metadata.
    """
    kept: dict[str, object] = {}
    if judged.labels.task == "binary":
        roc = roc_curve(judged.truth, judged.scores)
        curves.log_roc_curve(list(roc.x), list(roc.y), list(roc.thresholds))
        kept["roc"] = {
            "false_positive_rate": roc.x,
            "true_positive_rate": roc.y,
            "threshold": roc.thresholds,
        }
    if judged.labels.task != "regression":
        names, counts = list(judged.labels.names), confusion_of(judged)
        curves.log_confusion_matrix(names, counts)
        kept["confusion"] = {"classes": names, "counts": counts}
    text = json.dumps(kept, indent=2, sort_keys=True)
    Path(curves.path).write_text(text + "\n", encoding="utf-8")
