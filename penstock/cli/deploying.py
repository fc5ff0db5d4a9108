"""From what a command was asked to what an account shall hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from penstock.cli.released import RELEASED, released_pipelines
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.deployment.origin import Origin
    from penstock.deployment.place import Place
    from penstock.deployment.wanted import Wanted
    from penstock.environments import Environment

COPY_DAYS = 14
"""After so many days a personal copy may be removed."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which environment a command is about.

    Attributes:
        environment: Its name.
        file: That names it; empty: `environments.yaml` in the working directory.
    """

    environment: str
    file: str = ""


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


def open_target(
    target: Target, told: Callable[[str], None], lease_seconds: float | None = None
) -> Place:
    """Return the place of a target, after these credentials were seen to be of its account.

    Raises:
        RequestError: The file is wrong, or the credentials are of another account.
        ServiceError: There are no credentials, or STS cannot be reached.
    """
    from penstock.cli.project_pipelines import project_folder
    from penstock.deployment.lease import LEASE_SECONDS
    from penstock.deployment.place import open_place
    from penstock.environments import load_environments

    environments = load_environments(target.file or None)
    environment = environments.get(target.environment)
    place = environments.place(environment.name, "account")
    actor = _caller(environment, place)
    seconds = LEASE_SECONDS if lease_seconds is None else lease_seconds
    return open_place(environment, actor, project_folder(), told, seconds)


def wanted_pipelines(request: Deployment, environment: Environment) -> Iterator[Wanted]:
    """Yield what an environment shall hold, compiled and checked, or taken from a release.

    Raises:
        RequestError: There is no such pipeline, it does not compile, or the environment does not
            take it.
    """
    if request.release:
        yield from released_pipelines(request, environment)
        return
    from penstock.cli.project_pipelines import pipeline_names, project_folder
    from penstock.deployment.origin import origin_of

    _refuse_work_tree(environment, request.suffix)
    origin = origin_of(project_folder())
    for name in request.names or pipeline_names():
        yield _compiled(name, request, environment, origin)


def _refuse_work_tree(environment: Environment, suffix: str) -> None:
    if environment.kind not in RELEASED:
        return
    what = f"{environment.name} takes releases, not a work tree."
    remedy = "Build one: pipeline release build; then give it: --release FILE."
    if suffix:
        what = f"{environment.name} takes no personal copies."
        remedy = "Use dev."
    raise RequestError(Problem(what, remedy=remedy))


def _compiled(name: str, request: Deployment, environment: Environment, origin: Origin) -> Wanted:
    from penstock.cli.compilation import compile_definition
    from penstock.deployment.naming import pipeline_name
    from penstock.deployment.wanted import Wanted
    from penstock.use_case import load_use_case

    compiled = compile_definition(name, request.use_case)
    loaded = load_use_case(request.use_case)
    files = sorted(each for each in loaded.folder.iterdir() if each.suffix in _SETTINGS)
    texts = {each.name: each.read_text(encoding="utf-8") for each in files}
    return Wanted(
        name=pipeline_name(compiled.name, request.suffix),
        definition=compiled.definition_json,
        assets=compiled.assets,
        role=environment.role,
        parallel=environment.limits.parallel_steps,
        parameters=environment.parameters,
        origin=origin,
        settings={loaded.digest.removeprefix("sha256:"): texts},
        tags=tags_of(environment, request.suffix),
    )


def tags_of(environment: Environment, suffix: str) -> dict[str, str]:
    """Return the tags of an environment, with the last day of a personal copy."""
    from penstock.deployment.wanted import EXPIRES

    tags = dict(environment.tags)
    if suffix:
        tags[EXPIRES] = (datetime.now(UTC) + timedelta(days=COPY_DAYS)).date().isoformat()
    return tags


_SETTINGS = (".yaml", ".sql", ".txt")


def _caller(environment: Environment, place: str) -> str:
    from penstock.inspection.identity import caller

    answer = caller(environment.account, environment.region)
    if answer["Account"] != environment.account:
        what = (
            f"the file says account {environment.account} for {environment.name}, STS says "
            f"{answer['Account']} ({answer['Arn']})."
        )
        remedy = f"Sign in to {environment.account}: another AWS_PROFILE or role; or mend the file."
        raise RequestError(Problem(what, place, f"{remedy} Nothing was done."))
    return str(answer["Arn"])
