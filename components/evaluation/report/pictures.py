"""Which pictures a task has, drawn from the findings."""

import numpy as np

from components.evaluation.curves import distribution, precision_recall_curve, roc_curve
from components.evaluation.findings import Findings
from components.evaluation.probability import Calibration
from components.pages.axes import Axes
from components.pages.charts import Line, histogram, line_chart, scatter
from components.pages.figures import number
from components.pages.markup import Markup, tag

_BINS = 25
_MOST_DOTS = 400
_MOST_CLASSES = 6


def pictures(findings: Findings) -> list[Markup]:
    """Return the sections with pictures, in reading order."""
    task = findings.judged.labels.task
    if task == "regression":
        return [_predicted_against_true(findings), _residuals(findings)]
    return [
        _section("ROC", "How many are found at the cost of how many false alarms.", _roc(findings)),
        _section(
            "Precision and recall",
            "How many alarms are right, the more are to be found.",
            _precision_recall(findings),
        ),
        _section(
            "Calibration",
            "Whether 10 % means one in ten; each point stands for equally many expected positives.",
            _calibration(findings),
        ),
        _section(
            "Score distribution by class",
            "Share of each class's rows by score, on a square-root scale.",
            _distributions(findings),
        ),
    ]


def _section(title: str, text: str, picture: Markup) -> Markup:
    return tag("section", tag("h2", title), tag("p", text, class_="soft"), picture)


def _one_against_rest(findings: Findings) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return name, truth and score of each class that has both kinds of rows, the largest first."""
    judged = findings.judged
    if judged.labels.task == "binary":
        return [(findings.scorer.manifest.candidate, judged.truth, judged.scores)]
    sizes = np.bincount(judged.truth.astype(np.int64), minlength=len(judged.labels.names))
    return [
        (judged.labels.names[index], (judged.truth == index) * 1.0, judged.scores[:, index])
        for index in sorted(np.argsort(-sizes, kind="stable")[:_MOST_CLASSES])
        if 0 < sizes[index] < len(judged.truth)
    ]


def _roc(findings: Findings) -> Markup:
    curves = [(name, roc_curve(y, s)) for name, y, s in _one_against_rest(findings)]
    name = "roc_auc" if findings.judged.labels.task == "binary" else "macro_roc_auc"
    return line_chart(
        "ROC curve",
        f"True against false positive rate; area {number(findings.metrics[name].value)}.",
        Axes((0, 1), (0, 1), "false positive rate", "true positive rate"),
        [Line(name, curve.x, curve.y) for name, curve in curves],
        reference=((0, 0), (1, 1)),
        marker=_at_threshold(findings, "roc"),
    )


def _precision_recall(findings: Findings) -> Markup:
    curves = [(name, precision_recall_curve(y, s)) for name, y, s in _one_against_rest(findings)]
    binary = findings.judged.labels.task == "binary"
    name = "average_precision" if binary else "macro_average_precision"
    share = float(findings.judged.truth.mean())
    return line_chart(
        "Precision-recall curve",
        f"Precision against recall; average precision {number(findings.metrics[name].value)}.",
        Axes((0, 1), (0, 1), "recall", "precision"),
        [Line(name, curve.x, curve.y) for name, curve in curves],
        reference=((0, share), (1, share)) if binary else None,
        marker=_at_threshold(findings, "precision"),
    )


def _at_threshold(findings: Findings, picture: str) -> tuple[float, float, str] | None:
    """Return where the model works: the point of the chosen threshold."""
    judged = findings.judged
    if judged.labels.task != "binary":
        return None
    called = judged.predicted == 1
    hits = float(judged.truth[called].sum())
    recall = hits / float(judged.truth.sum())
    name = "the segments' thresholds"
    if not isinstance(judged.threshold, np.ndarray):
        name = f"threshold {number(judged.threshold)}"
    if picture == "roc":
        alarms = float(called.sum()) - hits
        return alarms / float((judged.truth == 0).sum()), recall, name
    return recall, (hits / float(called.sum()) if called.any() else 0.0), name


def _calibration(findings: Findings) -> Markup:
    judged, lines, text = findings.judged, [], ""
    if judged.labels.task == "binary":
        error = findings.metrics["calibration_error"].value
        text = f" Expected calibration error {number(error)}."
    for name, truth, score in _one_against_rest(findings):
        bins = Calibration(truth, score, mass=score).bins()
        lines.append(Line(name, [b.predicted for b in bins], [b.observed for b in bins], True))
    top = max(1e-9, *(max([*line.x, *line.y]) for line in lines))
    top = min(1.0, top * 1.08)
    return line_chart(
        "Calibration",
        f"Observed share against mean predicted probability, binned.{text}",
        Axes((0, top), (0, top), "mean predicted probability", "observed share"),
        lines,
        reference=((0, 0), (top, top)),
    )


def _distributions(findings: Findings) -> Markup:
    judged, edges = findings.judged, np.linspace(0, 1, _BINS + 1)
    names, bars = judged.labels.names, {}
    for index in range(min(len(names), _MOST_CLASSES)):
        here = judged.truth == index
        score = judged.scores if judged.scores.ndim == 1 else judged.scores[:, index]
        shares = distribution(score[here], edges)
        bars[f"{judged.labels.target} = {names[index]}"] = np.sqrt(shares).tolist()
    what = "score" if judged.scores.ndim == 1 else "score of the true class"
    return histogram(
        "Score distribution by class",
        f"Histogram of the {what}, one outline a class, heights on a square-root scale.",
        Axes((0, 1), (0, 1), what, "square root of the share of rows"),
        edges.tolist(),
        bars,
    )


def _predicted_against_true(findings: Findings) -> Markup:
    judged = findings.judged
    step = max(1, -(-len(judged.truth) // _MOST_DOTS))
    truth, predicted = judged.truth[::step], judged.scores[::step]
    low = float(min(truth.min(), predicted.min()))
    high = float(max(truth.max(), predicted.max()))
    high = high if high > low else low + 1
    return _section(
        "Predicted against true",
        f"{len(truth)} rows; on the dashed line the prediction is exact.",
        scatter(
            "Predicted against true values",
            f"R² {number(findings.metrics['r2'].value)}.",
            Axes((low, high), (low, high), f"true {judged.labels.target}", "predicted"),
            truth.tolist(),
            predicted.tolist(),
            reference=(low, high),
        ),
    )


def _residuals(findings: Findings) -> Markup:
    judged = findings.judged
    residuals = judged.truth - judged.scores
    widest = float(np.abs(residuals).max()) or 1.0
    edges = np.linspace(-widest, widest, _BINS + 1)
    shares = distribution(residuals, edges)
    return _section(
        "Residuals",
        "True minus predicted: narrow and centred on 0 is good.",
        histogram(
            "Distribution of residuals",
            f"RMSE {number(findings.metrics['rmse'].value)}.",
            Axes((-widest, widest), (0, float(shares.max()) * 1.05), "residual", "share of rows"),
            edges.tolist(),
            {"residual": shares.tolist()},
        ),
    )
