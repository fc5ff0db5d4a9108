"""Keeps compiled definitions, so that a repeated run loads no compiler."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(".penstock/cache/compile")
KEPT_ENTRIES = 32
ROWS_FILE = "rows.txt"

_PARTS = (
    "penstock/errors.py",
    "penstock/contract",
    "penstock/use_case",
    "penstock/ir",
    "penstock/container",
    "penstock/targets/sagemaker",
    "penstock/targets/kubeflow",
    "penstock/cli/compilation.py",
    "penstock/cli/compile_cache.py",
    "pipelines",
    "components",
)
"""Everything of ours that can change what a compilation gives."""


@dataclass(frozen=True, slots=True)
class CompiledDefinition:
    """A SageMaker definition ready to run.

    Attributes:
        name: The pipeline's own name, such as `fraud-training`.
        definition_json: The bytes that SageMaker Pipelines would receive, as text.
        assets: Code assets by their path below `CodeRoot`.
        source_uri: The use case's own source; empty where rows have to be generated.
        notes: What the definition fixes that the pipeline left open, for people.
        key: What it is kept under; empty where it is not kept.
    """

    name: str
    definition_json: str
    assets: Mapping[str, bytes]
    source_uri: str = ""
    notes: tuple[str, ...] = ()
    key: str = ""


def cache_key(project: Path, name: str, use_case: str, use_case_folder: Path) -> str:
    """Return the digest of everything that can influence what a compilation gives.

    Args:
        project: The folder that holds `penstock/`, `pipelines/` and `components/`.
        name: The pipeline.
        use_case: The reference as given: its address is part of the definition.
        use_case_folder: The folder of the use case's files.
    """
    from penstock.cli.installation import installed_version
    from penstock.cli.project_settings import project_settings

    total = hashlib.sha256()
    settings = asdict(project_settings(project))
    facts = [name, use_case, installed_version("kfp"), sys.version, str(use_case_folder), settings]
    total.update(json.dumps(facts).encode())
    for file in _files([*(project / part for part in _PARTS), use_case_folder]):
        content = file.read_bytes()
        total.update(f"\0{file}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:32]


def read_cached(key: str) -> CompiledDefinition | None:
    """Return what was kept under `key`, or None."""
    folder = FOLDER / key
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        definition = (folder / "definition.json").read_text(encoding="utf-8")
        if hashlib.sha256(definition.encode()).hexdigest() != facts["definition_sha256"]:
            return None
        assets = {
            path: (folder / "assets" / digest).read_bytes()
            for path, digest in facts["assets"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return CompiledDefinition(
        str(facts["name"]),
        definition,
        assets,
        str(facts["source_uri"]),
        tuple(map(str, facts["notes"])),
        key,
    )


def keep(key: str, compiled: CompiledDefinition) -> None:
    """Keep a compilation; the oldest entries beyond a limit are dropped.

    A cache that cannot be written costs time, not the run.
    """
    aside = FOLDER / f".{key}.{os.getpid()}"
    try:
        (aside / "assets").mkdir(parents=True)
        digests = {}
        for path, content in compiled.assets.items():
            digests[path] = hashlib.sha256(content).hexdigest()
            (aside / "assets" / digests[path]).write_bytes(content)
        (aside / "definition.json").write_text(compiled.definition_json, encoding="utf-8")
        facts = {
            "name": compiled.name,
            "assets": digests,
            "definition_sha256": hashlib.sha256(compiled.definition_json.encode()).hexdigest(),
            "source_uri": compiled.source_uri,
            "notes": list(compiled.notes),
        }
        (aside / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(FOLDER / key, ignore_errors=True)
        aside.replace(FOLDER / key)
        entries = sorted(
            (entry for entry in FOLDER.iterdir() if not entry.name.startswith(".")),
            key=lambda entry: entry.stat().st_mtime,
        )
        for entry in entries[:-KEPT_ENTRIES]:
            shutil.rmtree(entry, ignore_errors=True)
    except OSError:
        pass
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remember_rows(key: str, rows: Path) -> None:
    """Keep where the rows are that the use case of a compilation generated."""
    with suppress(OSError):
        (FOLDER / key / ROWS_FILE).write_text(str(rows), encoding="utf-8")


def remembered_rows(key: str) -> Path | None:
    """Return where the generated rows are, or None if they have to be generated."""
    try:
        rows = Path((FOLDER / key / ROWS_FILE).read_text(encoding="utf-8"))
    except OSError:
        return None
    return rows if rows.is_dir() else None


def _files(roots: Iterable[Path]) -> Iterable[Path]:
    for root in roots:
        if root.is_file():
            yield root
        else:
            for folder, subfolders, names in os.walk(root):
                subfolders[:] = sorted(name for name in subfolders if name != "__pycache__")
                yield from (Path(folder, name) for name in sorted(names) if name[-4:] != ".pyc")
