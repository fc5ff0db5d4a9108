"""From a pipeline's name or an IR to what a target receives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from penstock.cli.compile_cache import CompiledDefinition, cache_key, keep, read_cached
from penstock.cli.project_pipelines import project_folder, require_pipeline, wire_pipeline
from penstock.cli.project_settings import project_settings
from penstock.errors import Problem, RequestError


def compile_definition(name: str, use_case: str) -> CompiledDefinition:
    """Compile a pipeline of the project for SageMaker, or find an equal compilation from before."""
    require_pipeline(name)
    folder = use_case_folder(use_case)
    key = cache_key(project_folder(), name, use_case, folder) if folder else ""
    if key:
        cached = read_cached(key)
        if cached is not None:
            return cached
    compiled = lower_text(compile_ir(name, use_case), name, _source_uri(use_case))
    if key:
        keep(key, compiled)
    return replace(compiled, key=key)


def is_compiled(name: str, use_case: str) -> bool | None:
    """Return whether an equal compilation is kept; None: it is of those that are not kept.

    Raises:
        RequestError: There is no such pipeline.
    """
    require_pipeline(name)
    folder = use_case_folder(use_case)
    if folder is None:
        return None
    return read_cached(cache_key(project_folder(), name, use_case, folder)) is not None


def compile_ir(name: str, use_case: str) -> str:
    """Return the IR of a pipeline of the project, with the settings of every platform."""
    from penstock.targets.kubeflow import compile_pipeline

    return compile_pipeline(wire_pipeline(name, use_case)).to_yaml()


def lower_text(text: str, where: str, source_uri: str = "") -> CompiledDefinition:
    """Lower the text of an IR for SageMaker, as the project's settings want it."""
    from penstock.ir import read_ir
    from penstock.targets.sagemaker.lowering import lower

    pipeline = read_ir(text, where)
    wanted = project_settings(project_folder())
    lowered = lower(pipeline, source=where, in_network=wanted.jobs_in_network)
    return CompiledDefinition(
        pipeline.name,
        lowered.definition_json.decode(),
        {asset.key: asset.content for asset in lowered.assets},
        source_uri,
        tuple(map(str, lowered.notes)),
    )


def read_text(file: str) -> str:
    """Read a file that the user named.

    Raises:
        RequestError: It is missing, a folder, or no text.
    """
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RequestError(Problem("there is no such file.", file, "Check the path.")) from None
    except IsADirectoryError:
        raise RequestError(Problem("this is a folder.", file, "Name a file.")) from None
    except UnicodeDecodeError:
        raise RequestError(
            Problem("the file is not text in UTF-8.", file, "Check the path.")
        ) from None


def use_case_folder(reference: str) -> Path | None:
    """Return the folder of a use case of the project; others are compiled anew each time."""
    folder = project_folder() / "use_cases" / reference
    return folder if reference.isidentifier() and folder.is_dir() else None


def _source_uri(use_case: str) -> str:
    from penstock.use_case import load_use_case

    return load_use_case(use_case).source.uri
