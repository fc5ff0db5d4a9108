"""The pipelines of the project, found by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError


def pipelines_folder() -> Path:
    """Return the folder `pipelines/` that the installed project imports."""
    import importlib.util

    found = importlib.util.find_spec("pipelines")
    locations = list(found.submodule_search_locations or ()) if found else []
    if not locations:
        raise RequestError(
            Problem("this installation has no folder `pipelines/`.", remedy="Install the project.")
        )
    return Path(locations[0])


def project_folder() -> Path:
    """Return the folder that holds `pipelines/`, `components/` and `penstock/`."""
    return pipelines_folder().parent


def pipeline_names() -> list[str]:
    """Return the names of the pipelines that can be compiled."""
    return sorted(file.parent.name for file in pipelines_folder().glob("*/pipeline.py"))


def require_pipeline(name: str) -> None:
    """Check that there is a pipeline of that name.

    Raises:
        RequestError: There is none; the message lists those that exist.
    """
    names = pipeline_names()
    if name in names:
        return
    from penstock.cli.lazy_group import unknown

    raise RequestError(Problem(unknown("pipeline", name, names)))


def wire_pipeline(name: str, use_case_reference: str) -> Any:
    """Wire a pipeline for a use case; this loads KFP.

    Args:
        name: Folder below `pipelines/`; its `pipeline.py` has a function of that name.
        use_case_reference: What `load_use_case` takes.
    """
    import importlib

    from penstock.cli.light_kfp import load_light_kfp
    from penstock.use_case import load_use_case

    require_pipeline(name)
    load_light_kfp()
    use_case = load_use_case(use_case_reference)
    module = importlib.import_module(f"pipelines.{name}.pipeline")
    return getattr(module, name)(use_case)
