"""Evaluate a model on rows that it has not seen, against the gates of its use case."""

import json
from pathlib import Path
from typing import NamedTuple

from penstock.contract import (
    HTML,
    ClassificationMetrics,
    Dataset,
    Metrics,
    Model,
    component,
    output,
)


class Evaluated(NamedTuple):
    """What the test rows say about a model."""

    metrics: Metrics
    report: HTML
    curves: ClassificationMetrics
    passed: bool
    verdict: str
    score: float


@component()
def evaluate(
    use_case: str, model: Model, test: Dataset, scores: Metrics, seed: int = 0
) -> Evaluated:
    """Measure a model on `test`, with confidence intervals, and hold it against the gates.

    Args:
        use_case: Name or pinned reference of the use case.
        model: The folder that `train` wrote.
        test: Rows to judge by, as `preprocess` writes them; rows whose `known_compromised` is true
            do not count.
        scores: The candidates' scores, as `train` wrote them.
        seed: Of the bootstrap.

    Returns:
        Metrics as JSON; the report, one self-contained page; the curves that Kubeflow draws;
        whether every gate passed; one sentence that says so, or which gate failed by how much; the
        value of the use case's metric (-1 where it is not defined).

    Raises:
        DataError: The rows or the model do not fit, or the rows hold one class only.
        UseCaseError: The use case is unknown.
    """
    from components.evaluation.document import metrics_document
    from components.evaluation.findings import find_out
    from components.evaluation.kubeflow_curves import log_curves
    from components.evaluation.report.page import report_page
    from components.training.rows import Rows
    from components.training.scorer import load_model
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    candidates = json.loads(Path(scores.path).read_text(encoding="utf-8"))
    findings = find_out(
        settings, load_model(Path(model.path)), Rows((Path(test.path),)), candidates, seed
    )
    document = metrics_document(findings)
    metrics, report = output(Metrics, "metrics"), output(HTML, "report")
    curves = output(ClassificationMetrics, "curves")
    text = json.dumps(document, indent=2, sort_keys=True, allow_nan=False)
    page = report_page(findings)
    Path(metrics.path).write_text(text + "\n", encoding="utf-8")
    Path(report.path).write_text(page, encoding="utf-8")
    log_curves(curves, findings.judged)
    for name, each in document["metrics"].items():
        if each["value"] is not None:
            metrics.log_metric(name, each["value"])
    score = document["metrics"][settings.metric]["value"]
    return Evaluated(
        metrics, report, curves, findings.passed, findings.verdict, -1.0 if score is None else score
    )
