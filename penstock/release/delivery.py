"""What a delivery takes up: a release's digest and its templates, where CodePipeline looks."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from dataclasses import dataclass

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.errors import Problem, RequestError
from penstock.release import layout
from penstock.release.release import Release
from penstock.release.store import split

PIPELINE, SOURCE = "penstock-delivery", "Release"
"""The CodePipeline and the action that takes the object up, as infra/cdk makes them."""

KEY = "delivery/release.zip"
"""Of the object that a start takes up which names none, in the bucket of releases."""

DIGEST_FILE = "release.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was started.

    Attributes:
        execution: Id of CodePipeline's execution.
        uri: The object that it takes up, named by the release: a later one changes nothing.
    """

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
    """Put a release where the delivery takes it up, and start it for one use case.

    Args:
        release: It is kept at `releases` already.
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        region: Of the delivery.
        use_case: Whose model is trained.

    Raises:
        RequestError: The release holds no templates, or no training of that use case.
        ServiceError: AWS refused or cannot be reached.
    """
    trained = {each.use_case for each in release.manifest.pipelines if each.pipeline == "training"}
    if use_case not in trained:
        what = f"the release trains nothing for {use_case!r}."
        remedy = f"Use one of: {', '.join(sorted(trained))}."
        raise RequestError(Problem(what, "--use-case", remedy))
    content = delivery_zip(release)
    bucket, _ = split(releases)
    own = own_key(release.digest)
    uri = f"s3://{bucket}/{own}"
    with translated("s3", uri):
        client = open_client("s3", region, uri)
        for key in (own, KEY):
            client.put_object(Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
    pinned = {"actionName": SOURCE, "revisionType": "S3_OBJECT_KEY", "revisionValue": own}
    token = secrets.token_hex(32)
    with translated("codepipeline", PIPELINE):
        started = open_client("codepipeline", region, PIPELINE).start_pipeline_execution(
            name=PIPELINE,
            clientRequestToken=token,
            variables=[{"name": "use_case", "value": use_case}],
            # Whoever delivers at the same time takes up their own release.
            sourceRevisions=[pinned],
        )
    return Delivery(str(started["pipelineExecutionId"]), uri)


def own_key(digest: str) -> str:
    """Return the key of a release's own object."""
    return f"delivery/{digest}.zip"
