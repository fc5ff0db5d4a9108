"""Whether the files of a release fit together: definitions, code assets, use cases, documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.errors import DataError, PenstockError, Problem
from penstock.release import layout
from penstock.release.code_assets import folder_digest, referred_folders
from penstock.release.manifest import Manifest, PipelineEntry
from penstock.release.pinned_use_cases import UseCaseFiles
from penstock.release.records import MAXIMUM_BYTES, REMEDY, read_json
from penstock.release.unpacking import member
from penstock.release.yaml_shape import shape_problem


def content_problems(
    manifest: Manifest, files: Mapping[str, bytes], where: str
) -> Iterator[Problem]:
    """Yield what does not fit.

    Args:
        manifest: What is listed.
        files: Those files whose bytes are what is listed; others are not judged again.
        where: The archive, for messages.
    """
    yield from _layout(manifest, where)
    if layout.BILL_OF_MATERIALS in files:
        yield from _bill_of_materials(files[layout.BILL_OF_MATERIALS], where)
    yield from _code(manifest, files, where)
    use_cases = UseCaseFiles(files, where)
    for entry in manifest.pipelines:
        yield from _sagemaker(entry, files, use_cases, where)
        yield from _kubeflow(entry, files, use_cases, where)
    yield from use_cases.problems


def _layout(manifest: Manifest, where: str) -> Iterator[Problem]:
    """Yield files that have no place, and places without a file."""
    place = member(where, layout.MANIFEST)
    names = [each.name for each in manifest.pipelines]
    if not names:
        yield Problem("the release has no pipeline.", place, REMEDY)
    if names != sorted(set(names)):
        yield Problem("its pipelines are not sorted, or are listed twice.", place, REMEDY)
    definitions = {
        path for name in names for path in (layout.sagemaker_path(name), layout.kubeflow_path(name))
    }
    assets = {layout.asset_path(key) for each in manifest.pipelines for key in each.assets}
    listed = manifest.by_path
    settings = {f"{layout.USE_CASES}{each.use_case}/use_case.yaml" for each in manifest.pipelines}
    needed = {*definitions, *assets, *settings, *layout.DOCUMENTS[2:]}
    for path in sorted(needed - listed.keys()):
        what = f"a release has it, but {layout.MANIFEST} does not list it."
        yield Problem(what, member(where, path), REMEDY)
    for path in listed:
        if path in layout.DOCUMENTS[:2]:
            yield Problem(f"{layout.MANIFEST} cannot list it.", member(where, path), REMEDY)
        elif path in definitions or path in assets or path in layout.DOCUMENTS:
            continue
        elif path.startswith(layout.DEFINITIONS):
            what = f"it is the definition of no pipeline that {layout.MANIFEST} names."
            yield Problem(what, member(where, path), REMEDY)
        elif path.startswith(layout.CODE):
            yield Problem("no pipeline has this code asset.", member(where, path), REMEDY)
        elif not path.startswith(layout.FOLDERS):
            yield Problem("a release has no such file.", member(where, path), REMEDY)


def _bill_of_materials(content: bytes, where: str) -> Iterator[Problem]:
    place = member(where, layout.BILL_OF_MATERIALS)
    try:
        value = read_json(content, place)
    except DataError as error:
        yield from error.problems
        return
    facts = value if isinstance(value, dict) else {}
    if facts.get("bomFormat") != "CycloneDX" or facts.get("specVersion") != "1.6":
        yield Problem("it is no bill of materials, CycloneDX 1.6.", place, REMEDY)
    elif not isinstance(facts.get("components"), list):
        yield Problem("it lists no components.", place, REMEDY)


def _code(manifest: Manifest, files: Mapping[str, bytes], where: str) -> Iterator[Problem]:
    """Yield folders of code that are not named by their content."""
    folders: dict[str, set[str]] = {}
    for each in manifest.pipelines:
        for key in each.assets:
            folders.setdefault(key.partition("/")[0], set()).add(key)
    for folder, keys in sorted(folders.items()):
        paths = {layout.asset_path(key): key.partition("/")[2] for key in sorted(keys)}
        if not paths.keys() <= files.keys():
            continue
        found = folder_digest({name: files[path] for path, name in paths.items()})
        if found != folder:
            what = f"the folder is named by its content, and that has the digest {found}."
            yield Problem(what, member(where, layout.asset_path(folder)), REMEDY)


def _sagemaker(
    entry: PipelineEntry, files: Mapping[str, bytes], use_cases: UseCaseFiles, where: str
) -> Iterator[Problem]:
    from penstock.targets.sagemaker.validation import check_definition_text, errors_of

    path = layout.sagemaker_path(entry.name)
    place = member(where, path)
    text = _text(files.get(path), place)
    if isinstance(text, Problem):
        yield text
        return
    if text is None:
        return
    try:
        errors = errors_of(check_definition_text(text, place))
        referred = set() if errors else referred_folders(text)
    except RecursionError:
        yield Problem("it is nested too deeply.", place, REMEDY)
        return
    yield from errors
    if errors:
        return
    listed = {key.partition("/")[0] for key in entry.assets}
    for folder in sorted(referred - listed):
        what = (
            f"it needs the code {layout.shown(folder)}, which {layout.MANIFEST} does not give it."
        )
        yield Problem(what, place, REMEDY)
    for folder in sorted(listed - referred):
        yield Problem(f"it needs no code {layout.shown(folder)}.", place, REMEDY)
    yield from use_cases.pin_problems(entry, text, place)


def _kubeflow(
    entry: PipelineEntry, files: Mapping[str, bytes], use_cases: UseCaseFiles, where: str
) -> Iterator[Problem]:
    from penstock.ir import read_ir

    path = layout.kubeflow_path(entry.name)
    place = member(where, path)
    text = _text(files.get(path), place)
    if isinstance(text, Problem):
        yield text
        return
    if text is None:
        return
    shape = shape_problem(text)
    if shape:
        yield Problem(shape, place, REMEDY)
        return
    try:
        name = read_ir(text, place).name
    except PenstockError as error:
        yield from error.problems
        return
    if name != entry.name:
        what = f"it is the definition of {layout.shown(name)}."
        yield Problem(what, place, REMEDY)
    yield from use_cases.pin_problems(entry, text, place)


def _text(content: bytes | None, place: str) -> str | Problem | None:
    """Return the text of a definition; None where it cannot be judged."""
    if content is None:
        return None
    if len(content) > MAXIMUM_BYTES:
        what = f"it has {len(content):,} bytes; at most {MAXIMUM_BYTES:,} are read."
        return Problem(what, place, REMEDY)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(f"it is not UTF-8 at byte {error.start:,}.", place, REMEDY)
