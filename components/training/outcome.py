"""What fitting one candidate gives."""

from dataclasses import dataclass

from components.training.labels import Labels
from components.training.rows import Rows
from components.training.standardisation import Standardisation


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned, from which rows.

    Attributes:
        features: Columns in the order that the model takes them.
        labels: How the target is read.
        rows: What to learn from.
        validation: What to stop early on; None: boost all rounds.
        seed: Of everything random.
        threads: To learn with; None: one a processor. The model's bytes do not depend on it.
    """

    features: tuple[str, ...]
    labels: Labels
    rows: Rows
    validation: Rows | None
    seed: int
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model as bytes that do not run code when they are read.

    Attributes:
        kind: Kind of candidate, such as `xgboost`.
        payload: The model in its kind's own format.
        rounds: Trees boosted; None where the kind has no rounds.
        standardisation: What the features went through before the model saw them.
        fill: Value for a missing feature, after standardisation; None: the model takes NaN.
    """

    kind: str
    payload: bytes
    rounds: int | None = None
    standardisation: Standardisation | None = None
    fill: float | None = None
