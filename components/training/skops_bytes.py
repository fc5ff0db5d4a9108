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
_ESTIMATORS = frozenset(
    {
        ("sklearn.linear_model._logistic", "LogisticRegression"),
        ("sklearn.linear_model._ridge", "Ridge"),
        ("sklearn.ensemble._forest", "RandomForestClassifier"),
        ("sklearn.ensemble._forest", "RandomForestRegressor"),
    }
)
_NODES = frozenset(
    {
        *((module, name, "ObjectNode") for module, name in _ESTIMATORS),
        ("sklearn.tree._classes", "DecisionTreeClassifier", "ObjectNode"),
        ("sklearn.tree._classes", "DecisionTreeRegressor", "ObjectNode"),
        ("sklearn.tree._tree", "Tree", "TreeNode"),
        ("numpy", "ndarray", "NdArrayNode"),
        *(
            ("numpy", name, "NdArrayNode")
            for name in ("bool", "bool_", "float32", "float64", "int32", "int64")
        ),
        ("builtins", "dict", "DictNode"),
        ("builtins", "list", "ListNode"),
        ("builtins", "tuple", "TupleNode"),
        ("builtins", "str", "JsonNode"),
        ("builtins", "str", "TypeNode"),
    }
)
"""All that our estimators are made of. skops trusts hundreds of types by itself; these are told
before it reads anything."""

_KNOWN = frozenset((module, name) for module, name, _ in _NODES)


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

    try:
        strange = _strange(payload)
        if not strange:
            # Asked as well, since it may read a node otherwise than it looks.
            strange = sorted(set(skops_io.get_untrusted_types(data=payload)) - set(_TRUSTED))
        if strange:
            what = f"the model file names {', '.join(strange)}, which may run code."
            raise _refusal(what, place)
        estimator = skops_io.loads(payload, trusted=_TRUSTED)
    except DataError:
        raise
    except Exception as error:  # skops raises many kinds on a damaged archive
        reason = str(error).rstrip(".") or type(error).__name__
        raise _refusal(f"the model file cannot be read: {reason}.", place) from error
    kind = type(estimator)
    if (kind.__module__, kind.__name__) not in _ESTIMATORS:
        raise _refusal(f"the model file holds a {kind.__name__}, no estimator of ours.", place)
    return estimator


def _refusal(what: str, place: str) -> DataError:
    return DataError(Problem(what, place, "Use a model that `train` wrote."))


def _strange(payload: bytes) -> list[str]:
    """Return what an archive names beside what our estimators are made of.

    Raises:
        ValueError: It is not what `dump_estimator` writes: bytes before or behind it, a file that
            nothing refers to, or several of one name.
    """
    end = payload[-22:]
    if payload[:4] != b"PK\x03\x04" or end[:4] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        raise ValueError("it is no archive from its first byte to its last")
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        names = archive.namelist()
        schema = json.loads(archive.read(_SCHEMA))
    nodes: set[tuple[str, str, str]] = set()
    files: set[str] = set()
    _gather(schema, nodes, files)
    if sorted(names) != sorted({*files, _SCHEMA}):
        raise ValueError("its files are not those that it refers to")
    return sorted(
        f"{module}.{name}" if (module, name) not in _KNOWN else f"{module}.{name} as {loader}"
        for module, name, loader in nodes - _NODES
    )


def _gather(node: Any, nodes: set[tuple[str, str, str]], files: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _gather(item, nodes, files)
        return
    if not isinstance(node, dict):
        return
    if {"__class__", "__module__", "__loader__"} & set(node):
        keys = ("__module__", "__class__", "__loader__")
        nodes.add(tuple(str(node.get(key)) for key in keys))  # type: ignore[arg-type]  # three
    if isinstance(node.get("file"), str):
        files.add(node["file"])
    for value in node.values():
        _gather(value, nodes, files)


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
