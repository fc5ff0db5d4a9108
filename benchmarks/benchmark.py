"""What every benchmark takes and gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.comparing import Comparison, Verdict


@dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    Attributes:
        folder: An empty folder for everything that the measured commands write.
        quick: Less data and fewer rounds: shows that everything works; its figures are not quoted.
        progress: Takes one line whenever a command has ended.
    """

    folder: Path
    quick: bool
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured, which targets it met, and what a reader must know about it."""

    comparisons: Sequence[Comparison]
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = field(default=())
