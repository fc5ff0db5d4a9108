"""What a delivery takes up: a release's digest and its templates, where CodePipeline looks."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from dataclasses import dataclass

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import Problem, RequestError
from penstock.release import layout
from penstock.release.release import Release
from penstock.release.store import split

PIPELINES, SOURCE = "penstock-delivery-", "Release"
"""What names of CodePipelines begin with, a use case's group behind it, and the action that takes
the object up, as infra/cdk makes them."""

DIGEST_FILE = "release.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TRAINING, _NO_PIPELINE = "training", "PipelineNotFoundException"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was started.

    Attributes:
        use_case: Whose.
        pipeline: Name of the CodePipeline.
        execution: Id of CodePipeline's execution.
        uri: The object that it takes up, named by the release: a later one changes nothing.
    """

    use_case: str
    pipeline: str
    execution: str
    uri: str


def delivery_zip(release: Release) -> bytes:
    """Return the object; the same release gives the same bytes.

    Raises:
        RequestError: The release holds no templates.
    """
    templates = {
        path: content
        for path, content in sorted(release.files.items())
        if path.startswith(layout.TEMPLATES)
    }
    if not templates:
        remedy = "Run make cdk, and build it with --templates cdk.out/templates."
        raise RequestError(Problem("the release holds no templates.", release.where, remedy))
    digest = json.dumps({"release": release.digest}).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in {DIGEST_FILE: digest, **templates}.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def deliver(release: Release, releases: str, region: str, use_case: str) -> Delivery:
    """Put a release where deliveries take it up, and start that of one use case.

    Args:
        release: It is kept at `releases` already.
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        region: Of the delivery.
        use_case: Whose model is trained; empty: the only one of the release.

    Raises:
        RequestError: The release holds no templates, no training of that use case, or several use
            cases of which none is named; or the use case has no delivery yet.
        ServiceError: AWS refused or cannot be reached.
    """
    use_case, group = _delivered(release, use_case)
    content = delivery_zip(release)
    _require_stack(release, group)
    bucket, _ = split(releases)
    own = own_key(release.digest)
    uri = f"s3://{bucket}/{own}"
    with translated("s3", uri):
        client = open_client("s3", region, uri)
        client.put_object(Bucket=bucket, Key=own, Body=content, ChecksumAlgorithm="SHA256")
    pipeline = f"{PIPELINES}{group}"
    return Delivery(use_case, pipeline, _started(pipeline, region, own), uri)


def _delivered(release: Release, use_case: str) -> tuple[str, str]:
    """Return the use case that is delivered, and its group."""
    groups = {
        each.use_case: each.name.removesuffix(f"-{_TRAINING}")
        for each in release.manifest.pipelines
        if each.pipeline == _TRAINING
    }
    listed = f"Use one of: {', '.join(sorted(groups))}."
    if not groups:
        remedy = "Deliver one with a pipeline `training`."
        raise RequestError(Problem("the release trains nothing.", release.where, remedy))
    if not use_case and len(groups) > 1:
        what = f"the release trains for {len(groups)} use cases, and a delivery is of one."
        raise RequestError(Problem(what, "--use-case", listed))
    chosen = use_case or next(iter(groups))
    if chosen not in groups:
        what = f"the release trains nothing for {use_case!r}."
        raise RequestError(Problem(what, "--use-case", listed))
    return chosen, groups[chosen]


def _require_stack(release: Release, group: str) -> None:
    wanted = f"pipelines-{group}"
    if not any(path.endswith(f"-{wanted}.template.json") for path in release.files):
        what = f"the release holds no template of the stack {wanted}."
        remedy = "Run make cdk for it, and build it with --templates cdk.out/templates."
        raise RequestError(Problem(what, release.where, remedy))


def _started(pipeline: str, region: str, key: str) -> str:
    """Start a CodePipeline with an object; return the execution's id."""
    pinned = {"actionName": SOURCE, "revisionType": "S3_OBJECT_KEY", "revisionValue": key}
    token = secrets.token_hex(32)
    with translated("codepipeline", pipeline):
        try:
            started = open_client("codepipeline", region, pipeline).start_pipeline_execution(
                name=pipeline,
                clientRequestToken=token,
                # Whoever delivers at the same time takes up their own release.
                sourceRevisions=[pinned],
            )
        except Exception as error:
            if error_code(error) != _NO_PIPELINE:
                raise
            what = f"there is no such CodePipeline in {region}."
            remedy = 'Let the platform team make it: docs/accounts.md, "A use case more".'
            raise RequestError(Problem(what, pipeline, remedy)) from error
    return str(started["pipelineExecutionId"])


def own_key(digest: str) -> str:
    """Return the key of a release's own object."""
    return f"delivery/{digest}.zip"
