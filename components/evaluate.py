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

LIVE = "the live model"
"""What a champion is called that nobody named."""


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
    use_case: str,
    model: Model,
    test: Dataset,
    scores: Metrics,
    seed: int = 0,
    champion: str = "",
    champion_version: str = "",
) -> Evaluated:
    """Measure a model on `test`, with confidence intervals, against the gates and the champion.

    Args:
        use_case: Name or pinned reference of the use case.
        model: The folder that `train` wrote.
        test: Rows to judge by, as `preprocess` writes them; rows whose `known_compromised` is true
            do not count.
        scores: The candidates' scores, as `train` wrote them.
        seed: Of the bootstrap.
        champion: Address of the live model (a folder or a `model.tar.gz`; a path, `file://` or
            `s3://`), which scores the same rows; empty: there is none.
        champion_version: What it is called, such as `fraud/3`.

    Returns:
        Metrics as JSON; the report, one self-contained page; the curves that Kubeflow draws;
        whether every gate passed; one sentence that says so, or which gate failed by how much; the
        value of the use case's metric (-1 where it is not defined).

    Raises:
        DataError: The rows or a model do not fit, or the rows hold one class only.
        ServiceError: The store of the champion refused or could not be reached.
        UseCaseError: The use case is unknown, or a slice of it cannot be answered.
    """
    import tempfile

    from components.evaluation.comparison.champion import ChampionFolder
    from components.evaluation.document import metrics_document
    from components.evaluation.findings import find_out
    from components.evaluation.kubeflow_curves import log_curves
    from components.evaluation.report.page import report_page
    from components.training.rows import Rows
    from components.training.scorer import load_model
    from penstock.data.artifacts import fetch_model
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    candidates = json.loads(Path(scores.path).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="champion-") as scratch:
        live = None
        if champion:
            live = ChampionFolder(fetch_model(champion, Path(scratch)), champion_version or LIVE)
        findings = find_out(
            settings, load_model(Path(model.path)), Rows((Path(test.path),)), candidates, seed, live
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
