"""What a model takes and gives, as the server needs to know it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import DataError, Problem, UseCaseError
from penstock.use_case import UseCase, load_use_case

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT_FORMS = {"bool": "bool", "float": "float32", "halffloat": "float32"}
"""A column of single precision is read as one, so that its shortest text gives the same number."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a body, and those of an answer.

    Attributes:
        features: Name and type of each, in the model's order.
        segment: Column by which a bundle routes, read as text after the features; empty without.
        classes: Of the answer, in order; empty where there is one score a row.
    """

    features: tuple[tuple[str, str], ...]
    segment: str = ""
    classes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a body, in the order of a CSV body."""
        names = tuple(name for name, _ in self.features)
        return (*names, self.segment) if self.adds_segment else names

    @property
    def adds_segment(self) -> bool:
        """Whether the segment is a column of its own, not one of the features."""
        return bool(self.segment) and self.segment not in {name for name, _ in self.features}

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the columns of an answer."""
        return tuple(f"score_{label}" for label in self.classes) or ("score",)

    def arrow(self) -> "pa.Schema":
        """Return the columns with the types that texts are read as."""
        import pyarrow as pa

        kinds = {"bool": pa.bool_(), "float32": pa.float32()}
        fields = [
            pa.field(name, kinds.get(_TEXT_FORMS.get(kind, ""), pa.float64()))
            for name, kind in self.features
        ]
        if self.adds_segment:
            fields.append(pa.field(self.segment, pa.string()))
        return pa.schema(fields)


def schema_of(scorer: Any) -> Schema:
    """Return the schema of a model, or of a bundle, which needs the segment beside the features."""
    manifest = scorer.manifest
    routing = [name for name in scorer.needed_columns if name not in manifest.feature_names]
    classes = tuple(map(str, manifest.classes)) if manifest.task == "multiclass" else ()
    return Schema(
        features=tuple((feature.name, feature.type) for feature in manifest.features),
        segment=routing[0] if routing else "",
        classes=classes,
    )


def use_case_of(scorer: Any, folder: Path) -> UseCase | None:
    """Return the use case that a model was trained for; None where it is not at hand.

    Raises:
        DataError: It is at hand and has other features than the model.
    """
    reference = str(scorer.manifest.use_case).partition("@sha256:")[0]
    try:
        use_case = load_use_case(reference)
    except UseCaseError:
        return None
    wanted, found = tuple(use_case.features), tuple(scorer.manifest.feature_names)
    if wanted != found:
        raise DataError(
            Problem(
                f"the model takes {_listed(found)}; the use case {use_case.name} computes "
                f"{_listed(wanted)}.",
                str(folder),
                "Train again, or serve the model with the files it was trained with.",
            )
        )
    return use_case


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
