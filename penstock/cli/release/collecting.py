"""From a checkout of the project to what its release is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError, Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.release.checkout import Checkout
    from penstock.cli.release.lock_file import LockFile
    from penstock.release import Compiled, Contents
    from penstock.release.provenance import Provenance

_SHOWN = 10


def collect(
    *,
    dirty: bool,
    images: Sequence[str],
    templates: str | None,
    progress: Callable[[str], None],
) -> Contents:
    """Compile every pipeline for every use case, and collect what goes with them.

    Args:
        dirty: Whether a working tree that differs from its commit is taken.
        images: Container images by digest.
        templates: Folder of CloudFormation templates.
        progress: Is told what was done.

    Raises:
        RequestError: The tree is dirty, or something is wrong with what is collected; everything
            of a kind is told.
    """
    from penstock.cli.project_pipelines import project_folder
    from penstock.cli.release.checkout import read_checkout
    from penstock.cli.release.lock_file import read_lock
    from penstock.release import Contents
    from penstock.release.bill_of_materials import bill_of_materials

    folder = project_folder()
    checkout = read_checkout(folder)
    if checkout.changed and not dirty:
        raise RequestError(_dirty(checkout))
    _check_images(images)
    lock = read_lock(folder)
    state = f"dirty: {len(checkout.changed)} changed" if checkout.changed else "clean"
    elsewhere = "" if Path.cwd().is_relative_to(folder.resolve()) else f", in {folder}"
    progress(f"commit {checkout.commit[:12]} of {checkout.commit_time}, {state}{elsewhere}")
    use_cases = {each: (folder / each).read_bytes() for each in checkout.files("use_cases")}
    names = sorted(
        {path.split("/")[1] for path in use_cases if path.count("/") == 2}
        & {path.split("/")[1] for path in use_cases if path.endswith("/use_case.yaml")}
    )
    if not names:
        where = str(folder / "use_cases")
        raise RequestError(Problem("the project has no use case.", where, "Write a use_case.yaml."))
    bill = bill_of_materials(lock.content, str(folder / "uv.lock"))
    given = _templates(Path(templates)) if templates is not None else {}
    contents = Contents(
        project=lock.project,
        version=lock.version,
        provenance=_provenance(checkout, lock),
        bill_of_materials=bill,
        pipelines=_compiled(names, progress),
        use_cases=use_cases,
        templates=given,
        images=images,
    )
    if read_checkout(folder) != checkout:
        what = "the working tree changed while the release was built."
        raise RequestError(Problem(what, str(folder), "Build again."))
    return contents


def _dirty(checkout: Checkout) -> Problem:
    shown = ", ".join(ascii(each)[1:-1] for each in checkout.changed[:_SHOWN])
    more = len(checkout.changed) - _SHOWN
    return Problem(
        f"the working tree differs from commit {checkout.commit[:12]}: {shown}"
        f"{f' and {more} more' if more > 0 else ''}.",
        str(checkout.folder),
        "Commit it, or give --dirty: then the release says so.",
    )


def _check_images(images: Sequence[str]) -> None:
    import re

    from penstock.release.manifest import IMAGE_PATTERN

    wrong = [each for each in images if not re.fullmatch(IMAGE_PATTERN, each)]
    if wrong:
        remedy = "Give NAME@sha256:HEX; a tag may name another image tomorrow."
        raise RequestError(
            [Problem("an image is named by its digest.", each, remedy) for each in wrong]
        )


def _provenance(checkout: Checkout, lock: LockFile) -> Provenance:
    from penstock.release.building import sha256
    from penstock.release.provenance import FORMAT, Builder, Lock, Provenance

    return Provenance(
        format=FORMAT,
        commit=checkout.commit,
        commit_time=checkout.commit_time,
        dirty=bool(checkout.changed),
        changed=list(checkout.changed),
        builder=Builder(name="penstock", version=lock.builder),
        lock=Lock(path="uv.lock", sha256=sha256(lock.content)),
    )


def _compiled(use_cases: Sequence[str], progress: Callable[[str], None]) -> list[Compiled]:
    from penstock.cli.compilation import compile_ir, lower_text
    from penstock.cli.project_pipelines import pipeline_names
    from penstock.release import Compiled
    from penstock.targets.kubeflow.ir_document import read_document

    found, problems = [], []
    for use_case in use_cases:
        for pipeline in pipeline_names():
            try:
                # Not out of the cache of compilations: a release is what these sources give.
                text = compile_ir(pipeline, use_case)
                lowered = lower_text(text, pipeline)
                plain = read_document(text, pipeline).without_platform("sagemaker").to_yaml()
            except PenstockError as error:
                problems += [
                    Problem(each.what, each.where or f"{use_case}, {pipeline}", each.remedy)
                    for each in error.problems
                ]
                continue
            definition, assets = lowered.definition_json, lowered.assets
            found.append(Compiled(lowered.name, use_case, pipeline, definition, plain, assets))
            progress(f"compiled {lowered.name}")
    if problems:
        raise RequestError(list(dict.fromkeys(problems)))
    return found


def _templates(folder: Path) -> Mapping[str, bytes]:
    if not folder.is_dir():
        raise RequestError(
            Problem("the folder of templates does not exist.", str(folder), "Check --templates.")
        )
    paths = sorted(folder.rglob("*"))
    remedy = "Put the files themselves there."
    links = [
        Problem("a release holds no links.", str(each), remedy)
        for each in paths
        if each.is_symlink()
    ]
    if links:
        raise RequestError(links)
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in paths if each.is_file()
    }
