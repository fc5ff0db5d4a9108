"""From what a command was asked to what an account shall hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from penstock.cli.released import RELEASED, released_pipelines
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.compiling_ahead import CompilingAhead
    from penstock.deployment.origin import Origin
    from penstock.deployment.place import Place
    from penstock.deployment.wanted import Wanted
    from penstock.environments import Environment

COPY_DAYS = 14
"""After so many days a personal copy may be removed."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What shall come to an environment.

    Attributes:
        names: Of pipelines of the project; none: all.
        use_case: Its name or folder.
        suffix: Of a personal copy; empty: none.
        release: File, address or digest of a release; empty: the work tree.
        file: That names the environment; empty: the default.
    """

    names: Sequence[str]
    use_case: str
    suffix: str = ""
    release: str = ""
    file: str = ""


def open_target(environment: str, file: str | None, told: Callable[[str], None]) -> Place:
    """Return an environment, after these credentials were seen to be of its account.

    Args:
        environment: Its name.
        file: That names it; None: `environments.yaml` in the working directory.
        told: Is given sentences about what goes on.

    Raises:
        RequestError: The file is wrong, or the credentials are of another account.
        ServiceError: There are no credentials, or STS cannot be reached.
    """
    from penstock.cli.account import open_account
    from penstock.cli.project_pipelines import project_folder
    from penstock.deployment.place import open_place

    account = open_account(environment, file)
    return open_place(account.environment, account.caller, project_folder(), told)


def wanted_pipelines(
    request: Deployment, environment: Environment, ahead: CompilingAhead
) -> Iterator[Wanted]:
    """Yield what an environment shall hold, compiled and checked, or taken from a release.

    Args:
        request: What is asked for.
        environment: Where.
        ahead: Compilations that are under way.

    Raises:
        RequestError: There is no such pipeline, it does not compile, or the environment does not
            take it.
    """
    if request.release:
        for each in released_pipelines(request, environment):
            yield _in_network(each, environment)
        return
    from penstock.cli.project_pipelines import pipeline_names, project_folder, require_pipeline
    from penstock.deployment.origin import origin_of

    _refuse_work_tree(environment, request.suffix)
    origin = origin_of(project_folder())
    names = request.names or pipeline_names()
    for name in names:
        require_pipeline(name)
    for name in names:
        ahead.wait(name)
        yield _in_network(_compiled(name, request, environment, origin), environment)


def compiling_ahead(request: Deployment) -> CompilingAhead:
    """Return the compilations that a request will need, as a context."""
    from penstock.cli.compiling_ahead import CompilingAhead

    return CompilingAhead(request.names, request.use_case, needed=not request.release)


def _refuse_work_tree(environment: Environment, suffix: str) -> None:
    if environment.kind not in RELEASED:
        return
    what = f"{environment.name} takes releases, not a work tree."
    remedy = "Build one: pipeline release build; then give it: --release FILE."
    if suffix:
        what = f"{environment.name} takes no personal copies."
        remedy = "Use dev."
    raise RequestError(Problem(what, remedy=remedy))


def _in_network(wanted: Wanted, environment: Environment) -> Wanted:
    from penstock.environments.network import network_problems
    from penstock.executions.parameters import declared_parameters

    declared = declared_parameters(wanted.definition)
    problems = network_problems(environment, wanted.name, declared)
    if problems:
        raise RequestError(problems)
    return wanted


def _compiled(name: str, request: Deployment, environment: Environment, origin: Origin) -> Wanted:
    from penstock.cli.compilation import compile_definition
    from penstock.deployment.naming import pipeline_name
    from penstock.deployment.wanted import Wanted

    compiled = compile_definition(name, request.use_case)
    return Wanted(
        name=pipeline_name(compiled.name, request.suffix),
        definition=compiled.definition_json,
        assets=compiled.assets,
        role=environment.role,
        parallel=environment.limits.parallel_steps,
        parameters=environment.parameters,
        origin=origin,
        settings=_settings(compiled.definition_json, request.use_case),
        tags=tags_of(environment, request.suffix),
    )


def _settings(definition: str, use_case: str) -> dict[str, dict[str, str]]:
    """Return the files of the use case that a definition is pinned to, by its digest."""
    from penstock.cli.compilation import use_case_folder
    from penstock.deployment.differences.settings import pins

    folder = use_case_folder(use_case)
    if folder is None:
        from penstock.use_case import load_use_case

        folder = load_use_case(use_case).folder
    digest = pins(definition).get(folder.name, "")
    files = sorted(each for each in folder.iterdir() if each.suffix in _SETTINGS)
    texts = {each.name: each.read_text(encoding="utf-8") for each in files}
    return {digest: texts} if digest else {}


def tags_of(environment: Environment, suffix: str) -> dict[str, str]:
    """Return the tags of an environment, with the last day of a personal copy."""
    from penstock.deployment.wanted import EXPIRES, SUFFIX

    tags = dict(environment.tags)
    if suffix:
        tags[SUFFIX] = suffix
        tags[EXPIRES] = (datetime.now(UTC) + timedelta(days=COPY_DAYS)).date().isoformat()
    return tags


_SETTINGS = (".yaml", ".sql", ".txt")
