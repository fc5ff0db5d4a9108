"""Components with bodies that finish in milliseconds."""

import json
from pathlib import Path
from typing import NamedTuple

from penstock.contract import (
    HTML,
    ClassificationMetrics,
    Dataset,
    Metrics,
    Model,
    checkpoint_folder,
    component,
    output,
)
from penstock.errors import DataError, Problem


class Prepared(NamedTuple):
    train: Dataset
    test: Dataset
    rows: int


@component()
def preprocess(source: str, share: float = 0.5, limit: int | None = None) -> Prepared:
    words = source.split()[:limit]
    cut = int(len(words) * share)
    train, test = output(Dataset, "train"), output(Dataset, "test")
    for rows, part in ((train, words[:cut]), (test, words[cut:])):
        Path(rows.path).mkdir(parents=True)
        Path(rows.path, "rows.txt").write_text("\n".join(part))
        rows.metadata["rows"] = len(part)
    return Prepared(train, test, len(words))


class Trained(NamedTuple):
    model: Model
    scores: Metrics
    best: str


@component(kind="training")
def train(rows: Dataset, rounds: int = 3, note: str | None = None) -> Trained:
    words = Path(rows.path, "rows.txt").read_text().split()
    model, scores = output(Model, "model"), output(Metrics, "scores")
    Path(model.path).mkdir(parents=True)
    Path(model.path, "model.json").write_text(json.dumps({"words": words, "rounds": rounds}))
    scores.log_metric("words", len(words))
    folder = checkpoint_folder()
    if folder is not None:
        (folder / "last").write_text(str(rounds))
    return Trained(model, scores, note or "none")


class Evaluated(NamedTuple):
    metrics: Metrics
    curves: ClassificationMetrics
    report: HTML
    passed: bool
    score: float
    verdict: str


@component()
def evaluate(model: Model, test: Dataset, scores: Metrics, best: str, gate: float) -> Evaluated:
    content = json.loads(Path(model.path, "model.json").read_text())
    metrics, report = output(Metrics, "metrics"), output(HTML, "report")
    score = len(content["words"]) / 10
    Path(metrics.path).write_text(json.dumps({"score": score, "logged": scores.metadata}))
    Path(report.path).write_text(f"<p>{best}</p>")
    curves = output(ClassificationMetrics, "curves")
    return Evaluated(
        metrics, curves, report, score >= gate, score, f"{score} against the gate {gate}"
    )


@component(kind="register")
def register(
    group: str, model: Model, metrics: Metrics, report: HTML, properties: dict[str, str]
) -> None:
    pass


@component()
def shout(text: str) -> str:
    return text.upper()


@component()
def count(words: list[str]) -> int:
    return len(words)


@component()
def refuse(path: str) -> int:
    raise DataError(Problem("there are no rows.", path, "Choose another folder."))


@component()
def stumble(size: int) -> int:
    return size // 0


@component(kind="transform")
def transform(model: Model, lines: Dataset) -> Dataset:
    raise NotImplementedError


@component()
def gather(rows: Dataset) -> int:
    return len(list(Path(rows.path).rglob("*.out")))


@component()
def merge(model: Model) -> Model:
    merged = output(Model, "output")
    Path(merged.path).mkdir()
    Path(merged.path, "model.json").write_text(Path(model.path, "model.json").read_text())
    return merged


@component()
def weigh(model: Model) -> int:
    content = json.loads(Path(model.path, "model.json").read_text())
    return len(content["words"])
