"""The artifacts that a component reads."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from penstock.container.archives import unpack_archive, unpacked_member
from penstock.container.arguments import Arguments, ArtifactSource
from penstock.container.failures import AdapterError
from penstock.container.fetching import fetched
from penstock.container.layout import DESCRIPTION, PAYLOAD, Layout, payload_name

Runtime = dict[str, Any]
"""An artifact in the form of KFP's executor input."""

_MODEL = "system.Model"
_ARCHIVE_SUFFIXES = (".tar.gz", ".tgz")


def input_artifacts(
    arguments: Arguments, values: dict[str, Any], layout: Layout
) -> dict[str, list[Runtime]]:
    """Return the artifacts of each input, one or a list, with the local path as URI."""
    found: dict[str, list[Runtime]] = {
        name: [{} for _ in range(count)] for name, count in arguments.artifact_lists.items()
    }
    for name, source in arguments.artifacts.items():
        artifact = _artifact(name, source, values, arguments, layout)
        artifact["metadata"] = {**artifact["metadata"], **dict(values.get(f"{name}#metadata", {}))}
        base, bracket, index = name.partition("[")
        if bracket:
            found[base][int(index.rstrip("]"))] = artifact
        elif source.schema_title.endswith("[]"):
            found[name] = listed(Path(artifact["uri"]), source.schema_title[:-2])
        else:
            found[name] = [artifact]
    return found


def described(folder: Path, schema_title: str) -> Runtime:
    """Return the artifact whose folder holds a payload beside `artifact.json`.

    A folder without a description is itself the payload: data that no component wrote.
    """
    description = folder / DESCRIPTION
    if description.is_file():
        said = json.loads(description.read_text(encoding="utf-8"))
        payload = folder / said.get("payload", PAYLOAD)
        if said.get("payload") == ".":
            payload = _without_description(folder)
        return {
            "name": said.get("name", ""),
            "type": {"schemaTitle": said.get("schema_title", schema_title)},
            "uri": said.get("uri") or str(payload),
            "metadata": said.get("metadata", {}),
        }
    plain = folder / PAYLOAD
    payload = plain if plain.exists() and len(list(folder.iterdir())) == 1 else _only(folder)
    return {
        "name": "",
        "type": {"schemaTitle": schema_title},
        "uri": str(payload),
        "metadata": {},
    }


def _artifact(
    name: str,
    source: ArtifactSource,
    values: dict[str, Any],
    arguments: Arguments,
    layout: Layout,
) -> Runtime:
    schema_title = source.schema_title.replace("[]", "")
    if source.imported:
        uri = values[f"{name}#uri"]
        place = fetched(str(uri), layout.unpacked / name.replace("[", "-").replace("]", ""))
        if arguments.component and schema_title == _MODEL:
            place = _linked(place, layout.unpacked / f"{name}.linked")
            return _model(place, layout.unpacked / f"{name}.model") | {"name": name}
        return {
            "name": name,
            "type": {"schemaTitle": schema_title},
            "uri": str(place),
            "metadata": {},
        }
    folder = layout.inputs / source.source.rstrip("/")
    if not folder.exists():
        raise AdapterError(f"the input `{source.source}` is not there.")
    if source.source.endswith("/"):
        return {
            "name": name,
            "type": {"schemaTitle": schema_title},
            "uri": str(folder),
            "metadata": {},
        }
    if source.member:
        folder = unpacked_member(folder, source.member, layout.unpacked / source.source)
    if arguments.component and schema_title == _MODEL:
        artifact = _model(folder, layout.unpacked / f"{source.source}.model")
    else:
        artifact = described(folder, schema_title)
    artifact["name"] = artifact["name"] or name
    return artifact


def _model(place: Path, unpacked: Path) -> Runtime:
    """A model is a folder to its reader, whether it came as one or as an archive."""
    found = described(place, _MODEL) if place.is_dir() else None
    archive = Path(found["uri"]) if found else place
    if not archive.name.endswith(_ARCHIVE_SUFFIXES) or not archive.is_file():
        if found is None:
            raise AdapterError(f"`{place}` is neither a folder nor an archive of a model.")
        return found
    if not unpacked.exists():
        unpack_archive(archive, unpacked)
    return described(unpacked, _MODEL)


def _linked(place: Path, target: Path) -> Path:
    """Stand a folder of links in for a described one, so that nothing in it has to be moved."""
    if not (place / DESCRIPTION).is_file():
        return place
    target.mkdir(parents=True, exist_ok=True)
    for entry in place.iterdir():
        (target / entry.name).symlink_to(entry.resolve())
    return target


def undescribed(model: Path) -> Path:
    """Return a model's folder without the description that a job put beside or into it.

    The folder itself may not be writable: where the description lies among the files, a folder of
    links stands in.
    """
    if not (model / DESCRIPTION).is_file():
        return model
    links = Path(tempfile.mkdtemp(prefix="model-"))
    return Path(described(_linked(model, links), _MODEL)["uri"])


def listed(folder: Path, schema_title: str) -> list[Runtime]:
    """Return the members of a list of artifacts: folders called 0, 1, ... below its payload."""
    folder = folder / PAYLOAD if (folder / PAYLOAD).is_dir() else folder
    numbered = sorted(
        (member for member in folder.iterdir() if member.name.isdigit()),
        key=lambda member: int(member.name),
    )
    return [described(member, schema_title) for member in numbered]


def _only(folder: Path) -> Path:
    """A lone file is the payload; several are a folder."""
    members = list(folder.iterdir())
    return members[0] if len(members) == 1 and members[0].is_file() else folder


def _without_description(folder: Path) -> Path:
    """Move the description out of a folder that is as a whole the payload."""
    kept = folder.with_name(f"{folder.name}.{DESCRIPTION}")
    (folder / DESCRIPTION).replace(kept)
    return folder


__all__ = ["described", "input_artifacts", "payload_name"]
