"""scikit-learn estimators as skops archives whose bytes depend on the estimator alone.

skops names arrays and nodes by their address in memory and stamps entries with the clock; both are
replaced here, by the order of appearance and by a fixed date.
"""

import io
import json
import zipfile
from typing import Any

from penstock.errors import DataError, Problem

_SCHEMA = "schema.json"
_TRUSTED = ["sklearn.tree._tree.Tree"]
_ESTIMATORS = (
    "LogisticRegression",
    "Ridge",
    "RandomForestClassifier",
    "RandomForestRegressor",
)


def dump_estimator(estimator: Any) -> bytes:
    """Return the archive; equal estimators give equal bytes."""
    from skops import io as skops_io

    with zipfile.ZipFile(io.BytesIO(skops_io.dumps(estimator))) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        numbers: dict[int, int] = {}
        files: dict[str, str] = {}
        _number(schema, numbers, files)
        entries = {new: archive.read(old) for old, new in files.items()}
    entries[_SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def load_estimator(payload: bytes, place: str) -> Any:
    """Return the estimator of an archive that `dump_estimator` wrote.

    Raises:
        DataError: The archive is damaged, or names a type that no estimator of ours holds.
    """
    from skops import io as skops_io

    remedy = "Use a model that `train` wrote."
    try:
        strange = sorted(set(skops_io.get_untrusted_types(data=payload)) - set(_TRUSTED))
        if strange:
            raise DataError(
                Problem(
                    f"the model file names {', '.join(strange)}, which may run code.", place, remedy
                )
            )
        estimator = skops_io.loads(payload, trusted=_TRUSTED)
    except DataError:
        raise
    except Exception as error:  # skops raises many kinds on a damaged archive
        raise DataError(
            Problem(f"the model file cannot be read: {error}.", place, remedy)
        ) from error
    kind = type(estimator)
    if kind.__name__ not in _ESTIMATORS or not kind.__module__.startswith("sklearn."):
        raise DataError(
            Problem(f"the model file holds a {kind.__name__}, no estimator of ours.", place, remedy)
        )
    return estimator


def _number(node: Any, numbers: dict[int, int], files: dict[str, str]) -> None:
    if isinstance(node, list):
        for item in node:
            _number(item, numbers, files)
        return
    if not isinstance(node, dict):
        return
    if isinstance(node.get("__id__"), int):
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
    name = node.get("file")
    if isinstance(name, str):
        suffix = name.rpartition(".")[2]
        node["file"] = files.setdefault(name, f"{len(files) + 1}.{suffix}")
    for value in node.values():
        _number(value, numbers, files)
