"""Reads a compiled KFP pipeline from YAML or JSON, without KFP."""

from pathlib import Path

import yaml

from penstock.errors import DefinitionError, Problem
from penstock.ir.building import build_pipeline
from penstock.ir.pipeline import Pipeline

_COMPILE = "Compile it with `pipeline compile NAME --target kubeflow` or with KFP's own compiler."


def read_ir(source: Path | str, name: str = "") -> Pipeline:
    """Read a compiled pipeline.

    Args:
        source: A path, or the text itself.
        name: What messages call the source; the path by default.
    Raises:
        DefinitionError: The file is missing or empty, is not YAML, or is no compiled KFP pipeline.
    """
    if isinstance(source, Path):
        name = name or str(source)
        try:
            text = source.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DefinitionError(
                Problem("there is no such file.", name, "Give the path of a compiled pipeline.")
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise DefinitionError(
                Problem(f"it cannot be read: {error}.", name, "Give a file of UTF-8 text.")
            ) from None
    else:
        name, text = name or "the given text", source
    documents = _documents(text, name)
    if not documents:
        raise DefinitionError(Problem("it is empty.", name, _COMPILE))
    if len(documents) > 2:
        raise DefinitionError(
            Problem(
                f"it holds {len(documents)} documents; a compiled pipeline has one, or two with "
                "the settings of its platforms.",
                name,
                _COMPILE,
            )
        )
    return build_pipeline(documents[0], documents[1] if len(documents) == 2 else {}, name)


def _documents(text: str, name: str) -> list[object]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [
            document
            for document in yaml.load_all(text, Loader=loader)  # a safe loader in C
            if document is not None
        ]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark is not None else name
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DefinitionError(Problem(f"it is not YAML: {reason}.", place, _COMPILE)) from None
