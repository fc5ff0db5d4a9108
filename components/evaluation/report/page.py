"""The whole page, verdict first."""

from components.evaluation.document import confusion_of
from components.evaluation.findings import Findings
from components.evaluation.report.comparison import comparison_section, slices_section
from components.evaluation.report.pictures import pictures
from components.evaluation.report.segments import segments_section
from components.pages.figures import MISSING, count, number, percent, signed, words
from components.pages.markup import Markup, join, tag
from components.pages.style import STYLE
from components.pages.tables import bars, confusion, table
from penstock.use_case.evaluation import LESS_IS_BETTER

_HEADLINES = {
    "binary": ("roc_auc", "average_precision", "precision", "recall", "brier"),
    "multiclass": ("accuracy", "macro_f1", "macro_roc_auc", "log_loss"),
    "regression": ("rmse", "mae", "r2"),
}


def report_page(findings: Findings) -> str:
    """Return the report as one HTML page that needs nothing else."""
    use_case = findings.use_case
    title = use_case.report.title or f"{use_case.name}: evaluation"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    sections = [*pictures(findings), _confusion(findings), _importance(findings)]
    main = tag(
        "main",
        tag("h1", title),
        tag("p", use_case.description, class_="soft"),
        _verdict(findings),
        comparison_section(findings.comparison),
        _tiles(findings),
        _segments(findings) if findings.by_segment is not None else None,
        _gates(findings),
        _candidates(findings),
        tag("div", *sections, class_="grid2"),
        _metrics(findings),
        _segments(findings) if findings.by_segment is None else None,
        slices_section(findings),
        _data(findings),
        _footer(findings),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", main), lang="en") + "\n"


def _verdict(findings: Findings) -> Markup:
    sentence = findings.verdict
    manifest = findings.scorer.manifest
    return tag(
        "div",
        sentence[:1].upper() + sentence[1:] + ".",
        tag(
            "small",
            f"Candidate {manifest.candidate} on {count(len(findings.judged.truth))} test rows",
            f", {_period(findings.window)}" if findings.window else None,
            ".",
            _unserved(findings),
        ),
        class_=f"verdict {'good' if findings.passed else 'bad'}",
        role="status",
    )


def _unserved(findings: Findings) -> str | None:
    if findings.by_segment is None or not findings.by_segment.unserved:
        return None
    return f" No model serves {count(findings.by_segment.unserved)} more."


def _tiles(findings: Findings) -> Markup:
    names = [*_HEADLINES[findings.judged.labels.task]]
    names[2:2] = [each.name for each in findings.use_case.evaluation.precision_at_k]
    share = f"{100 * findings.resampling.confidence:g}\N{NO-BREAK SPACE}%"
    tiles = []
    for name in names:
        each = findings.metrics[name]
        interval = join(
            tag("span", f"{number(each.low)} to {number(each.high)}"),
            " ",
            tag("span", f"({share})"),
        )
        tiles.append(
            tag(
                "div",
                tag("dt", words(name)),
                tag("dd", number(each.value), class_="value"),
                tag("dd", interval if each.low is not None else "no interval", class_="interval"),
                class_="tile",
            )
        )
    return tag("dl", *tiles, class_="tiles")


def _gates(findings: Findings) -> Markup | None:
    if not findings.verdicts:
        return None
    rows = [
        (
            words(verdict.metric),
            tag("span", "passed", class_="pass")
            if verdict.passed
            else tag("span", "failed", class_="fail"),
            number(verdict.value),
            f"{'≥' if verdict.bound == 'minimum' else '≤'} {number(verdict.limit)}",
            verdict.limit_name,
        )
        for verdict in findings.verdicts
    ]
    text = "What a model must meet to be registered."
    if findings.by_segment is not None:
        text = "What a model must meet to be registered: the pooled model, on all test rows."
    return _wide(
        "Gates",
        text,
        table("Gates", ("metric", "result", "value", "limit", "which is"), rows, words=2),
    )


def _candidates(findings: Findings) -> Markup | None:
    document, task = findings.candidates, findings.judged.labels.task
    metric = document["metric"]
    shown = [metric, *(name for name in _HEADLINES[task] if name != metric)]
    rows = []
    for each in document["candidates"]:
        best = each["name"] == document["best"]
        name = join(words(each["name"]), tag("span", "picked", class_="badge") if best else None)
        rows.append((name, *(number(each["scores"].get(metric)) for metric in shown)))
    if not rows:
        return None
    direction = "lowest" if metric in LESS_IS_BETTER else "highest"
    whose = "The pooled model's: scores" if findings.by_segment is not None else "Scores"
    return _wide(
        "Candidates",
        f"{whose} on the {document['measured_on']} rows; "
        f"the {direction} {words(metric)} is picked.",
        table("Candidates", ("candidate", *map(words, shown)), rows),
    )


def _confusion(findings: Findings) -> Markup | None:
    judged = findings.judged
    if judged.labels.task == "regression":
        return None
    text = "Predictions by true class; percentages of the true class."
    if findings.by_segment is not None:
        text = f"Each row by the threshold of its segment's model. {text}"
    elif isinstance(judged.threshold, float):
        text = f"Positive from {number(judged.threshold)} on. {text}"
    return tag(
        "section",
        tag("h2", "Confusion matrix"),
        tag("p", text, class_="soft"),
        confusion("Confusion matrix", judged.labels.names, confusion_of(judged)),
    )


def _importance(findings: Findings) -> Markup:
    found = findings.importance
    if found is None:
        inner = tag("p", "The constant baseline looks at no feature.", class_="soft")
        return tag("section", tag("h2", "Strongest features"), inner)
    strongest = list(found.strength)[: findings.use_case.report.strongest_features]
    text = f"Share of the {found.method}."
    if found.gain:
        first = next(iter(found.gain))
        text += f" By total gain {first} comes first, with {percent(found.gain[first])}."
    return tag(
        "section",
        tag("h2", "Strongest features"),
        tag("p", text, class_="soft"),
        bars(
            "Strongest features",
            ("feature", "share"),
            {name: found.strength[name] for name in strongest},
        ),
    )


def _metrics(findings: Findings) -> Markup:
    compared, champion = findings.comparison.metrics, findings.comparison.champion
    rows = []
    for name, each in findings.metrics.items():
        row = [
            words(name),
            number(each.value, 4),
            f"{number(each.low, 4)} to {number(each.high, 4)}" if each.low is not None else MISSING,
            number(findings.baseline.get(name), 4),
        ]
        if champion:
            other = compared.get(name)
            row += [
                number(other.champion if other else None, 4),
                signed(other.value if other else None, 4),
            ]
        rows.append(row)
    heads = ["metric", "value", "interval", "constant baseline"]
    heads += [champion, "difference"] if champion else []
    drawn = findings.resampling
    unit = "rows" if drawn.units is None else f"whole {findings.use_case.entity} groups"
    return _wide(
        "All metrics",
        f"Intervals: {100 * drawn.confidence:g} %, percentiles of {drawn.resamples} bootstrap "
        f"resamples of {unit}.",
        table("All metrics", heads, rows),
    )


def _segments(findings: Findings) -> Markup | None:
    if findings.by_segment is not None:
        return segments_section(findings.by_segment, findings.use_case, findings.judged.labels.task)
    if not findings.segments:
        return None
    names = list(findings.segments[0].metrics)
    binary = findings.judged.labels.task == "binary"
    rows = [
        (
            segment.name,
            count(segment.rows),
            percent(segment.mean_target) if binary else number(segment.mean_target),
            *(number(segment.metrics[name]) for name in names),
        )
        for segment in findings.segments
    ]
    heads = (
        findings.use_case.segment,
        "rows",
        "positive" if binary else "mean target",
        *map(words, names),
    )
    return _wide(
        "Segments",
        f"Scores by {findings.use_case.segment}, the largest segments first.",
        table("Scores by segment", heads, rows),
    )


def _data(findings: Findings) -> Markup:
    judged, training = findings.judged, findings.scorer.manifest.training
    facts = [f"Test: {count(len(judged.truth))} rows"]
    if findings.left_out:
        facts.append(f"{count(findings.left_out)} more left out because their entity was known")
    if judged.labels.task != "regression":
        sizes = [int((judged.truth == index).sum()) for index in range(len(judged.labels.names))]
        facts += [
            f"{judged.labels.target} = {name}: {count(size)} ({percent(size / len(judged.truth))})"
            for name, size in zip(judged.labels.names, sizes, strict=True)
        ]
    learned = f"Learned from {count(int(training['rows']))} rows"
    if "from" in training:
        learned += f", {_period((training['from'], training['to']))}"
    rows = [
        (
            each.name,
            count(each.missing),
            number(each.mean),
            number(each.minimum),
            number(each.maximum),
        )
        for each in findings.features
    ]
    return _wide(
        "Data",
        f"{'; '.join(facts)}. {learned}.",
        table("Features of the test rows", ("feature", "missing", "mean", "least", "most"), rows),
    )


def _footer(findings: Findings) -> Markup:
    manifest = findings.scorer.manifest
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    return tag(
        "footer",
        f"Use case {manifest.use_case}. Model file sha256:{manifest.payload_sha256}, "
        f"written by {libraries}; seed {manifest.seed}.",
    )


def _wide(title: str, text: str, inner: Markup) -> Markup:
    return tag("section", tag("h2", title), tag("p", text, class_="soft"), inner, class_="wide")


def _period(window: tuple[str, str]) -> str:
    return " to ".join(time.replace("T", " ")[:16] for time in window)
