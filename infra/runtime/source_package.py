"""What DescribeModelPackage tells of a candidate, whoever registered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.runtime.metadata import EVIDENCE, FORMAT, REPORT, properties_of

_ARCHIVES = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """A version of a group, with where its files are; `s3://`, empty where there are none.

    Attributes:
        arn: Of the version.
        group: Name of its group.
        properties: Of the candidate, addresses of its own files left out.
        container: The first container of its inference specification.
        containers: How many it has.
        model: A folder, or an archive.
        evidence: Folder of the evidence pack.
        report: The report.
        metrics: The metrics.
        answer: All that was told.
    """

    arn: str
    group: str
    properties: Mapping[str, str]
    container: Mapping[str, Any]
    containers: int
    model: str
    evidence: str
    report: str
    metrics: str
    answer: Mapping[str, Any]

    @property
    def is_archive(self) -> bool:
        """Whether the model is one archive, as training jobs leave it."""
        return self.model.endswith(_ARCHIVES)


def source_package(answer: Mapping[str, Any]) -> SourcePackage:
    """Return what an answer tells.

    A RegisterModel step writes the addresses of report and evidence as properties `report` and
    `evidence`, our registry as entries of its own.
    """
    entries = dict(answer.get("CustomerMetadataProperties") or {})
    properties = properties_of(entries)
    # What was registered here from such a step has both.
    native = {
        name: properties.pop(name)
        for name in ("evidence", "report")
        if properties.get(name, "").startswith("s3://")
    }
    own = FORMAT in entries
    evidence = entries.get(EVIDENCE, "") if own else native.get("evidence", "")
    report = entries.get(REPORT, "") if own else native.get("report", "")
    containers = (answer.get("InferenceSpecification") or {}).get("Containers") or []
    container = containers[0] if containers else {}
    data = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    quality = (answer.get("ModelMetrics") or {}).get("ModelQuality") or {}
    return SourcePackage(
        str(answer["ModelPackageArn"]),
        str(answer.get("ModelPackageGroupName") or ""),
        properties,
        container,
        len(containers),
        str(container.get("ModelDataUrl") or data.get("S3Uri") or ""),
        evidence,
        report,
        str((quality.get("Statistics") or {}).get("S3Uri") or ""),
        answer,
    )
