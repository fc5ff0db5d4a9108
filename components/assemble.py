"""Put together what serves each segment: new models that passed, earlier ones elsewhere."""

import json
from pathlib import Path
from typing import NamedTuple

from penstock.contract import Metrics, Model, component, output


class Assembled(NamedTuple):
    """The bundle that is registered."""

    bundle: Model
    summary: Metrics
    promoted: int


@component(kind="training")
def assemble(use_case: str, model: Model, metrics: Metrics, champion: str = "") -> Assembled:
    """Take for each segment its new model if it passed and is recommended, else what served it.

    It runs as a training job, so that the bundle is a `model.tar.gz`, which a model can be made of.

    The order is: the segment's new model, if it passed its gates and the comparison with the live
    one recommends it; for a thin segment the new pooled model, if that passed and is recommended;
    the segment's model of the live version; the pooled model, the new one or that of the live
    version; else none, and rows of that segment get no score. Where nothing is live, passing is
    enough. Segments that are no longer in the
    data keep their model, unless the use case lists its segments without them. A live version of
    one model for all counts as its pooled model.

    Args:
        use_case: Name or pinned reference of the use case.
        model: The bundle that `train` wrote.
        metrics: The metrics that `evaluate` wrote about it.
        champion: Address of the live version's model (a folder or a `model.tar.gz`; a path,
            `file://` or `s3://`); empty: there is none.

    Returns:
        The bundle; a summary that names every segment with the model it got and why; how many new
        models it holds, the pooled one among them.

    Raises:
        DataError: The bundle, the metrics or the live model are damaged, or the metrics are of
            another bundle.
        ServiceError: The store of the live model refused or could not be reached.
        UseCaseError: The use case is unknown.
    """
    import tempfile

    from components.training.scorer import load_model
    from components.training.segments.assembling import assemble_bundle, summary_of
    from components.training.segments.bundle_scorer import BundleScorer
    from penstock.data.artifacts import fetch_model
    from penstock.errors import DataError, Problem
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    new = load_model(Path(model.path))
    if not isinstance(new, BundleScorer):
        what = "the model is no bundle of one model per segment."
        raise DataError(Problem(what, str(model.path), "Set segments in the use case, and train."))
    document = json.loads(Path(metrics.path).read_text(encoding="utf-8"))
    assembled, summary = output(Model, "bundle"), output(Metrics, "summary")
    target = Path(assembled.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        before = fetch_model(champion, Path(scratch)) if champion else None
        bundle = assemble_bundle(settings, new, document, before, champion, target)
    facts = summary_of(bundle, champion)
    Path(summary.path).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    for name, count in facts["served_by"].items():
        summary.log_metric(f"segments_{name}", count)
    summary.log_metric("promoted", facts["promoted"])
    assembled.metadata["segments"] = len(bundle.segments)
    assembled.metadata["promoted"] = facts["promoted"]
    return Assembled(assembled, summary, facts["promoted"])
