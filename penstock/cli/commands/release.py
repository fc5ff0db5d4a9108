"""`pipeline release`: one archive that is built once and promoted as it is."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline release build
         pipeline release build --store s3://penstock-releases
         pipeline release verify dist/DIGEST.penstock.tar
         pipeline release show dist/DIGEST.penstock.tar
"""


@click.group(
    "release", short_help="Build, verify, store and show releases of the project.", epilog=EPILOG
)
@common_options
def command() -> None:
    """Build, verify, store and show releases of the project."""


def _environments_option(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--environments",
        "file",
        metavar="FILE",
        type=click.Path(),
        help="The file that names it; default environments.yaml.",
    )(function)


def _archive_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the argument that names a release, and the environment that may keep it."""
    kept = click.option(
        "--env", "environment", metavar="NAME", help="The environment that keeps the DIGEST."
    )
    named = click.argument("what", metavar="FILE|S3|DIGEST")
    return named(kept(_environments_option(function)))


@command.command(
    "build",
    short_help="Build the release of this commit.",
    epilog="Example: pipeline release build --output dist --env dev",
)
@click.option(
    "--output",
    metavar="FOLDER|FILE",
    help="Where to write it; a FILE ends with .tar. Default: dist, or nowhere if it is stored.",
)
@click.option("--store", metavar="S3", help="Keep it below s3://BUCKET/PREFIX, written once.")
@click.option(
    "--env", "environment", metavar="NAME", help="Keep it where this environment keeps releases."
)
@_environments_option
@click.option(
    "--image", "images", multiple=True, metavar="IMAGE", help="NAME@sha256:HEX; repeatable."
)
@click.option("--templates", metavar="FOLDER", help="CloudFormation templates that belong to it.")
@click.option("--dirty", is_flag=True, help="Build although the tree differs from its commit.")
@common_options
@click.pass_obj
def build(
    session: Session,
    *,
    output: str | None,
    store: str | None,
    environment: str | None,
    file: str | None,
    images: tuple[str, ...],
    templates: str | None,
    dirty: bool,
) -> int:
    """Build the release of this commit; the same commit gives the same bytes everywhere.

    It holds the definitions of every pipeline for every use case, for SageMaker and for Kubeflow,
    their code assets, the use cases, a bill of materials and what it was built of. It is verified
    before it is written.
    """
    from penstock.cli.boundary import WORKED, InterruptedWorkError
    from penstock.cli.release.collecting import collect
    from penstock.cli.release.finding import store_of
    from penstock.cli.release.writing import place_of, write_release
    from penstock.cli.transfer_view import open_transfer_view
    from penstock.release import build_release, open_release
    from penstock.release.store import ReleaseStore

    if store is not None and environment is not None:
        raise click.UsageError("give --store or --env, not both.")
    if file is not None and environment is None:
        raise click.UsageError("--environments needs --env.")
    if output is not None:
        place_of(output, "")
    kept = ReleaseStore(store) if store is not None else None
    if environment is not None:
        kept = store_of(environment, file)

    def progress(line: str) -> None:
        if not session.json:
            click.echo(line)

    contents = collect(dirty=dirty, images=images, templates=templates, progress=progress)
    content = build_release(contents)
    release = open_release(content, "the release that was built")
    progress(f"built {release.digest}: {len(release.files)} files, {len(content):,} bytes")
    written = None
    if output is not None or kept is None:
        written = place_of(output or "dist", release.digest)
        write_release(written, content)
        progress(f"wrote {written}")
    try:
        with open_transfer_view(silent=session.json) as watch:
            stored = kept.put(content, watch) if kept is not None else None
    except KeyboardInterrupt as error:
        done = f"{written} is written; " if written is not None else ""
        known = getattr(error, "done", "whether the release was stored is not known")
        raise InterruptedWorkError(
            f"interrupted; {done}{known}. Build it again: it is stored once."
        ) from None
    if stored is not None:
        progress(f"{'is there already' if stored.was_there else 'stored'}: {stored.uri}")
    if session.json:
        import json

        document = {
            "digest": release.digest,
            "commit": release.commit,
            "dirty": release.dirty,
            "pipelines": list(release.pipelines),
            "images": list(release.images),
            "files": len(release.files),
            "bytes": len(content),
            "output": None if written is None else str(written),
            "stored": None if stored is None else stored.uri,
            "was_there": None if stored is None else stored.was_there,
        }
        click.echo(json.dumps(document, indent=2))
    return WORKED


@command.command(
    "verify",
    short_help="Hold a release to every digest in it.",
    epilog="Example: pipeline release verify dist/DIGEST.penstock.tar",
)
@_archive_options
@common_options
@click.pass_obj
def verify(session: Session, *, what: str, environment: str | None, file: str | None) -> int:
    """Hold a release to every digest in it; a FILE needs no network.

    Checks the archive's form byte by byte, that its manifest lists exactly what is there, that the
    definitions can be read and are those of the use cases and the code beside them. Lists
    everything that is wrong.

    Exit code 1: something is wrong.
    """
    from penstock.cli.boundary import FAILED, WORKED, problem_json
    from penstock.cli.release.finding import find_archive
    from penstock.release import verify_release

    if file is not None and environment is None:
        raise click.UsageError("--environments needs --env.")
    found = find_archive(what, environment, file)
    result = verify_release(found.content, found.where, found.digest)
    if session.json:
        import json

        document = {
            "digest": result.digest,
            "holds": result.release is not None,
            "problems": list(map(problem_json, result.problems)),
        }
        click.echo(json.dumps(document, indent=2))
    elif result.release is not None:
        count = len(result.release.files)
        click.echo(f"{result.digest} holds: {count} files, each as the manifest says.")
    else:
        for problem in result.problems:
            click.echo(f"pipeline: {problem}", err=True)
        count = len(result.problems)
        said = "1 problem" if count == 1 else f"{count} problems"
        click.echo(f"{result.digest} DOES NOT HOLD: {said}.")
    return FAILED if result.problems else WORKED


@command.command(
    "show",
    short_help="Show what a release holds.",
    epilog="Example: pipeline release show dist/DIGEST.penstock.tar",
)
@_archive_options
@common_options
@click.pass_obj
def show(session: Session, *, what: str, environment: str | None, file: str | None) -> int:
    """Show what a release holds, once every byte of it is verified."""
    from penstock.cli.boundary import WORKED
    from penstock.cli.release.finding import find_archive
    from penstock.cli.release.view import release_document, release_text
    from penstock.errors import DataError
    from penstock.release import verify_release

    if file is not None and environment is None:
        raise click.UsageError("--environments needs --env.")
    found = find_archive(what, environment, file)
    result = verify_release(found.content, found.where, found.digest)
    if result.release is None:
        raise DataError(result.problems)
    if session.json:
        import json

        click.echo(json.dumps(release_document(result.release), indent=2))
    else:
        click.echo(release_text(result.release))
    return WORKED


@command.command(
    "deliver",
    short_help="Start the delivery of a release through the accounts.",
    epilog="Example: pipeline release deliver DIGEST --env tooling --use-case fraud",
)
@click.argument("digest")
@click.option("--env", "environment", metavar="NAME", required=True, help="The one that delivers.")
@click.option(
    "--use-case",
    metavar="NAME",
    default="",
    help="Whose model is trained; needed where the release has several.",
)
@_environments_option
@common_options
@click.pass_obj
def deliver_release(
    session: Session, *, digest: str, environment: str, use_case: str, file: str | None
) -> int:
    """Start the delivery of a release that is kept and was built with templates.

    It is of one use case: dev is deployed and trains; a person opens the gate; the candidate is
    registered centrally. Other use cases stay as they are. Every byte of the release is verified
    first.
    """
    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.release.finding import find_archive
    from penstock.errors import DataError, Problem, RequestError
    from penstock.release import verify_release
    from penstock.release.delivery import deliver

    there = open_account(environment, file, runs_pipelines=False).environment
    if there.kind != "tooling" or not there.releases:
        what = f"{environment} delivers nothing."
        raise RequestError(Problem(what, "--env", "Name a tooling that keeps `releases`."))
    found = find_archive(digest, environment, file)
    result = verify_release(found.content, found.where, found.digest)
    if result.release is None:
        raise DataError(result.problems)
    started = deliver(result.release, there.releases, there.region, use_case)
    if session.json:
        import json

        document = {
            "release": result.release.digest,
            "use_case": started.use_case,
            "pipeline": started.pipeline,
            "execution": started.execution,
            "object": started.uri,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        named = started.pipeline
        click.echo(
            f"delivering {started.use_case} of {result.release.digest}: {named}, "
            f"{started.execution}"
        )
        click.echo(
            f"Look: aws codepipeline get-pipeline-state --name {named} --region {there.region}"
        )
    return WORKED


@command.command(
    "pass",
    short_help="Write down that pre-prod has run a release.",
    epilog="Example: pipeline release pass fraud-training --env pre-prod",
)
@click.argument("execution")
@click.option("--env", "environment", metavar="NAME", required=True, help="Where it ran.")
@_environments_option
@common_options
@click.pass_obj
def record(session: Session, *, execution: str, environment: str, file: str | None) -> int:
    """Write down that pre-prod has run a release, which opens prod to it.

    `pipeline start --env pre-prod --wait` does so by itself. EXECUTION is an ARN, an id, or the
    name of a pipeline for its latest.
    """
    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.passing import opens_prod, record_pass
    from penstock.errors import Problem, RequestError
    from penstock.executions.naming import find_execution
    from penstock.executions.service import Service

    account = open_account(environment, file)
    if not opens_prod(account):
        what = f"successes in {environment} open nothing."
        raise RequestError(Problem(what, "--env", "Name a pre-prod that keeps `releases`."))
    service = Service(account.environment.region)
    found = find_execution(service, execution, account.environment.account)
    said = record_pass(service, found, account)
    if session.json:
        import json

        click.echo(json.dumps({"execution": found.arn, "said": said}, indent=2))
    else:
        click.echo(said)
    return WORKED
