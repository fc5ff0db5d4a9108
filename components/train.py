"""Train the candidates of a use case and keep the best."""

import json
from pathlib import Path
from typing import NamedTuple

from penstock.contract import Dataset, Metrics, Model, checkpoint_folder, component, output


class Trained(NamedTuple):
    """The best model, and how every candidate did."""

    model: Model
    scores: Metrics
    best: str


@component(kind="training")
def train(
    use_case: str, train: Dataset, validation: Dataset, candidates: str = "", seed: int = 0
) -> Trained:
    """Fit the candidates on `train`, measure them on `validation`, keep the best.

    Where the use case has segments, each of them has its own competition, and so has the pooled
    model, which learns from all rows and serves segments that are too thin or failed. A failed
    segment stops no other.

    The same inputs give the same bytes. An interrupted training goes on from its checkpoints, where
    the target keeps them, and gives the same bytes as one that was not interrupted.

    Args:
        use_case: Name or pinned reference of the use case.
        train: Rows to learn from, as `preprocess` writes them.
        validation: Rows to stop early, choose the model and its threshold on.
        candidates: Names with commas between them; empty: those that the use case enables. The
            constant baseline is always among them.
        seed: Of everything random.

    Returns:
        The model folder that `load_model` reads; every candidate's scores as JSON; the name of the
        best, with segments that of the pooled model (empty if it failed).

    Raises:
        DataError: The rows do not fit the use case.
        UseCaseError: The use case or a candidate is unknown.
        WorkError: The disk is full while segments are kept.
    """
    from components.training.competition import compete
    from components.training.manifest import write_model
    from components.training.rows import Rows
    from components.training.scores import scores_document
    from components.training.segments.training import train_segments
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    competing = settings.selected_candidates(candidates)
    learning, watching = Rows((Path(train.path),)), Rows((Path(validation.path),))
    kept = checkpoint_folder()
    if settings.segments is not None:
        model, scores = output(Model, "model"), output(Metrics, "scores")
        bundle, document = train_segments(
            settings,
            competing,
            learning,
            watching,
            seed=seed,
            checkpoints=kept,
            target=Path(model.path),
        )
        model.metadata["segments"] = len(bundle.segments)
        model.metadata["own_models"] = sum(
            each.served_by == "own" for each in bundle.segments.values()
        )
        measured = bundle.pooled.metrics if bundle.pooled else {}
    else:
        result = compete(settings, competing, learning, watching, seed=seed, checkpoints=kept)
        model, scores = output(Model, "model"), output(Metrics, "scores")
        write_model(Path(model.path), result.best.manifest, result.best.payload)
        document = scores_document(settings, result)
        model.metadata["candidate"] = result.best.name
        measured = result.best.scores
    Path(scores.path).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    chosen = measured.get(settings.metric)
    if chosen is not None:
        scores.log_metric(settings.metric, chosen)
    return Trained(model, scores, str(document["best"]))
