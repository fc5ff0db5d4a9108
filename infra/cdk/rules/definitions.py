"""Definitions are the release's, byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from infra.cdk.rules.finding import Finding, Template

_RULE = "DefinitionIsTheReleases"
_REMEDY = "Deploy the release's definitions: synthesize again from it."


def definition_is_the_releases(template: Template) -> Iterator[Finding]:
    """Yield definitions that are no JSON, not of the release, or tagged with other bytes."""
    for title, properties in template.of_type("AWS::SageMaker::Pipeline"):
        body = properties.get("PipelineDefinition", {}).get("PipelineDefinitionBody")
        try:
            steps = json.loads(body)["Steps"]
        except (TypeError, ValueError, KeyError):
            yield Finding(_RULE, title, "its definition is none: no JSON with steps.", _REMEDY)
            continue
        digest = hashlib.sha256(body.encode()).hexdigest()
        if not steps:
            yield Finding(_RULE, title, "its definition has no steps.", _REMEDY)
        if digest not in template.digests:
            what = f"its definition has the SHA-256 {digest}, which the release does not hold."
            yield Finding(_RULE, title, what, _REMEDY)
        tags = {each["Key"]: each["Value"] for each in properties.get("Tags", [])}
        if tags.get("penstock:body") != digest:
            what = f"the tag penstock:body is {tags.get('penstock:body')}, not {digest}."
            yield Finding(_RULE, title, what, _REMEDY)
