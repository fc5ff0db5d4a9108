"""What goes into a release of the project, and what has to hold inside one."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from penstock.errors import DataError, Problem, RequestError
from penstock.release.release import Release


def gather(use_cases: tuple[str, ...], builder: str, allow_dirty: bool) -> dict[str, bytes]:
    """Return the files of a release of the project by path.

    Raises:
        RequestError: The project is no git checkout, is dirty, or has no such use case.
    """
    from penstock.cli.compilation import compile_definition
    from penstock.cli.installation import installed_version
    from penstock.cli.product import compiled_product
    from penstock.cli.project_pipelines import pipeline_names, project_folder
    from penstock.evidence.canonical import canonical_json, digest_of
    from penstock.release.bill_of_materials import bill_of_materials

    project = project_folder()
    commit = _git(project, "rev-parse", "HEAD").strip()
    dirty = bool(_git(project, "status", "--porcelain").strip())
    if dirty and not allow_dirty:
        raise RequestError(
            Problem(
                "the working tree has changes that no commit names.",
                str(project),
                "Commit them, or give --allow-dirty.",
            )
        )
    tracked = [
        path
        for path in _git(
            project, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "use_cases"
        ).split("\0")
        if path
    ]
    known = sorted({path.split("/")[1] for path in tracked if path.endswith("/use_case.yaml")})
    for name in use_cases:
        if name not in known:
            raise RequestError(
                Problem(f"there is no use case '{name}'.", remedy=f"Use: {', '.join(known)}.")
            )
    files: dict[str, bytes] = {}
    for name in use_cases or known:
        for path in tracked:
            if path.startswith(f"use_cases/{name}/") and (project / path).is_file():
                files[path] = (project / path).read_bytes()
        for pipeline in pipeline_names():
            compiled = compile_definition(pipeline, name)
            files[f"definitions/sagemaker/{name}/{pipeline}.json"] = (
                compiled.definition_json.encode()
            )
            files.update({f"code/{key}": content for key, content in compiled.assets.items()})
            text = compiled_product(pipeline, name, None, "kubeflow", None).text
            files[f"definitions/kubeflow/{name}/{pipeline}.yaml"] = text.encode()
    lock = (project / "uv.lock").read_bytes()
    files["sbom.json"] = bill_of_materials(lock, "penstock", installed_version("penstock"))
    files["provenance.json"] = canonical_json(
        {
            "commit": commit,
            "dirty": dirty,
            "builder": builder,
            "uv.lock": digest_of(lock),
            "pyproject.toml": digest_of((project / "pyproject.toml").read_bytes()),
        }
    )
    return files


def check_contents(release: Release, where: str) -> None:
    """Check the definitions of a release, and that they pin the use cases inside it.

    Raises:
        DataError: With every problem.
    """
    from penstock.ir import read_ir
    from penstock.targets.sagemaker.validation import check_definition_text, errors_of
    from penstock.use_case import load_use_case

    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        for path, content in release.files.items():
            if path.startswith("use_cases/"):
                place = Path(scratch, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
        for path, content in sorted(release.files.items()):
            if not path.startswith("definitions/"):
                continue
            _, target, name, _ = path.split("/", 3)
            text = content.decode()
            if target == "sagemaker":
                for finding in errors_of(check_definition_text(text, path)):
                    problems.append(Problem(str(finding), where))
            else:
                read_ir(text, path)
            digest = load_use_case(str(Path(scratch, "use_cases", name))).digest
            pins = set(re.findall(rf"\b{re.escape(name)}@(sha256:[0-9a-f]{{64}})", text))
            if pins != {digest}:
                problems.append(
                    Problem(
                        f"{path} does not name the use case of the release, {name}@{digest}.",
                        where,
                        "Build the release again.",
                    )
                )
    if problems:
        raise DataError(problems)


def _git(project: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RequestError(
            Problem("git cannot tell the commit.", str(project), "Build in a git checkout.")
        ) from error
    return done.stdout
