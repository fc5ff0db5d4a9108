"""What a release wants in an environment, and whether the environment takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.deploying import Deployment
    from penstock.deployment.wanted import Wanted
    from penstock.environments import Environment
    from penstock.release import Release
    from penstock.release.manifest import PipelineEntry

RELEASED = ("pre-prod", "prod")
"""Kinds of environments that take releases and nothing else."""

BEFORE_PROD = "pre-prod"

_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")
_SETTINGS = (".yaml", ".sql", ".txt")


def released_pipelines(request: Deployment, environment: Environment) -> Iterator[Wanted]:
    """Yield the pipelines of a release, verified whole, that an environment shall hold.

    Raises:
        RequestError: The release does not hold, has no such pipeline, or the environment does not
            take it; every reason is listed.
        ServiceError: S3 refused.
    """
    from penstock.cli.release.finding import find_archive
    from penstock.errors import DataError
    from penstock.release import verify_release

    found = find_archive(request.release, environment.name, request.file or None)
    verified = verify_release(found.content, found.where, found.digest)
    if verified.release is None:
        raise DataError(verified.problems)
    release = verified.release
    entries = _entries(release, request)
    problems = [*_refused(release, request, environment)]
    if not problems and environment.kind == "prod":
        problems += _not_passed(release, entries, environment, request)
    if problems:
        raise RequestError(problems)
    for entry in entries:
        yield _wanted(release, entry, request, environment)


def _entries(release: Release, request: Deployment) -> Sequence[PipelineEntry]:
    found = [each for each in release.manifest.pipelines if each.use_case == request.use_case]
    if not request.names and found:
        return found
    named = {each.pipeline: each for each in found}
    missing = [name for name in request.names if name not in named]
    if found and not missing:
        return [named[name] for name in request.names]
    remedy = f"It has: {', '.join(release.pipelines)}."
    wanted = [f"{name} of {request.use_case}" for name in missing] or [request.use_case]
    raise RequestError(
        [Problem(f"the release has no {each}.", release.where, remedy) for each in wanted]
    )


def _refused(release: Release, request: Deployment, environment: Environment) -> Iterator[Problem]:
    strict = environment.kind in RELEASED
    if strict and request.suffix:
        yield Problem(f"{environment.name} takes no personal copies.", "--suffix", "Use dev.")
    if strict and release.dirty:
        what = f"{environment.name} takes no release that was built from a changed work tree."
        yield Problem(what, release.where, "Commit, and build it again.")
    image = _DIGEST.search(environment.image)
    known = {found[1] for each in release.images if (found := _DIGEST.search(each))}
    if strict and known and (image is None or image[1] not in known):
        what = f"the image of {environment.name} is not of this release: {environment.image}."
        remedy = f"Name one of: {', '.join(sorted(known))}."
        yield Problem(what, release.where, remedy)


def _not_passed(
    release: Release,
    entries: Sequence[PipelineEntry],
    environment: Environment,
    request: Deployment,
) -> Iterator[Problem]:
    from penstock.deployment.wanted import body_digest
    from penstock.release.passes import Passes

    if not environment.releases:
        what = f"{environment.name} keeps no releases, so nothing tells what {BEFORE_PROD} ran."
        yield Problem(what, remedy="Add `releases: s3://BUCKET/PREFIX`.")
        return
    passes = Passes(environment.releases, environment.region)
    given = request.release
    for entry in entries:
        found = passes.find(release.digest, BEFORE_PROD, entry.name)
        if found is None or found.body != body_digest(release.definition(entry.name)):
            what = (
                f"{BEFORE_PROD} has not run {entry.name} of release {release.digest[:12]} "
                "successfully."
            )
            named = f"{entry.pipeline} --use-case {entry.use_case} --env {BEFORE_PROD}"
            remedy = (
                f"Run it there: pipeline upsert {named} --release {given}, then pipeline start "
                f"{named} --wait."
            )
            yield Problem(what, remedy=remedy)


def _wanted(
    release: Release, entry: PipelineEntry, request: Deployment, environment: Environment
) -> Wanted:
    from penstock.cli.deploying import tags_of
    from penstock.deployment.differences.settings import pins
    from penstock.deployment.naming import pipeline_name
    from penstock.deployment.origin import Origin
    from penstock.deployment.wanted import Wanted

    definition = release.definition(entry.name)
    digest = pins(definition).get(entry.use_case, "")
    return Wanted(
        name=pipeline_name(entry.name, request.suffix),
        definition=definition,
        assets=release.assets(entry.name),
        role=environment.role,
        parallel=environment.limits.parallel_steps,
        parameters=environment.parameters,
        origin=Origin(
            release.commit, release.commit_time.isoformat(), release.dirty, release.digest
        ),
        settings={digest: _texts(release, entry.use_case)} if digest else {},
        tags=tags_of(environment, request.suffix),
    )


def _texts(release: Release, use_case: str) -> Mapping[str, str]:
    from penstock.release import layout

    folder = f"{layout.USE_CASES}{use_case}/"
    return {
        path.removeprefix(folder): content.decode()
        for path, content in release.files.items()
        if path.startswith(folder)
        and "/" not in path.removeprefix(folder)
        and path.endswith(_SETTINGS)
    }
