"""What a version is to SageMaker, and what SageMaker's answer says of a version; no calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.registry.port import Candidate, Description, Registered, Status
from penstock.registry.sagemaker.metadata import OWN, decode, encode

_FORMAT, _KEY, _ARCHIVED = f"{OWN}format", f"{OWN}registration", f"{OWN}archived"
_EVIDENCE, _REPORT = f"{OWN}evidence", f"{OWN}report"
_CONTENT_TYPES = ["text/csv", "application/json"]
_PENDING, _APPROVED, _REJECTED = "PendingManualApproval", "Approved", "Rejected"
_STATUSES: Mapping[str, Status] = {
    _PENDING: "pending",
    _APPROVED: "approved",
    _REJECTED: "rejected",
}
_NAMES: Mapping[Status, str] = {
    "pending": _PENDING,
    "approved": _APPROVED,
    "rejected": _REJECTED,
    "archived": _REJECTED,
}
"""The service has three statuses; what is archived is out of use there, and told apart by an entry
of its own."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of a candidate are, as `s3://`; folders end with a slash."""

    model: str
    metrics: str = ""
    report: str = ""
    evidence: str = ""


def entries_of(
    properties: Mapping[str, str], places: Places, key: str | None = None
) -> dict[str, str]:
    """Return what a version keeps as CustomerMetadataProperties."""
    own = {
        _FORMAT: "1",
        _KEY: key or "",
        _EVIDENCE: places.evidence,
        _REPORT: places.report,
    }
    return encode(properties) | {name: value for name, value in own.items() if value}


def creation(
    candidate: Candidate, entries: Mapping[str, str], places: Places, image: str, token: str
) -> Answer:
    """Return the arguments of CreateModelPackage."""
    container = {
        "Image": image,
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": places.model,
                "S3DataType": "S3Prefix",
                "CompressionType": "None",
            }
        },
    }
    arguments: dict[str, Any] = {
        "ModelPackageGroupName": candidate.group,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": _CONTENT_TYPES,
            "SupportedResponseMIMETypes": _CONTENT_TYPES,
        },
        "ModelApprovalStatus": _PENDING,
        "CustomerMetadataProperties": dict(entries),
        "ClientToken": token,
    }
    if places.metrics:
        source = {"ContentType": "application/json", "S3Uri": places.metrics}
        arguments["ModelMetrics"] = {"ModelQuality": {"Statistics": source}}
    return arguments


def change(found: Answer, status: Status, properties: Mapping[str, str]) -> Answer:
    """Return the arguments of UpdateModelPackage.

    All is said each time, what stays too: what the service keeps of an update that leaves
    something out is not documented.
    """
    before = dict(found.get("CustomerMetadataProperties") or {})
    own = {name: value for name, value in before.items() if name.startswith(OWN)}
    own.pop(_ARCHIVED, None)
    entries = encode({**properties_of(found), **properties}) | own | {_FORMAT: "1"}
    if status == "archived":
        entries[_ARCHIVED] = "yes"
    gone = sorted(set(before) - set(entries))
    return {
        "ModelApprovalStatus": _NAMES[status],
        "ApprovalDescription": str(found.get("ApprovalDescription") or ""),
        "CustomerMetadataProperties": entries,
        **({"CustomerMetadataPropertiesToRemove": gone} if gone else {}),
    }


def is_as_wanted(found: Answer, wanted: Answer) -> bool:
    """Return whether a version is as an update asked for."""
    entries = dict(found.get("CustomerMetadataProperties") or {})
    return bool(
        found.get("ModelApprovalStatus") == wanted["ModelApprovalStatus"]
        and entries == wanted["CustomerMetadataProperties"]
    )


def properties_of(found: Answer) -> dict[str, str]:
    """Return the properties of a version, of one that a pipeline registered natively too."""
    entries = dict(found.get("CustomerMetadataProperties") or {})
    return decode(entries) if _FORMAT in entries else entries


def registration_of(found: Answer) -> str:
    """Return the key of the registration that made a version; empty where it has none."""
    return str((found.get("CustomerMetadataProperties") or {}).get(_KEY, ""))


def evidence_of(found: Answer) -> str:
    """Return where the evidence pack of a version is; empty where it has none."""
    entries = found.get("CustomerMetadataProperties") or {}
    return str(
        entries.get(_EVIDENCE) or ("" if _FORMAT in entries else entries.get("evidence", ""))
    )


def metrics_of(found: Answer) -> str:
    """Return where the metrics document of a version is; empty where it has none."""
    quality = (found.get("ModelMetrics") or {}).get("ModelQuality") or {}
    return str((quality.get("Statistics") or {}).get("S3Uri") or "")


def model_of(found: Answer) -> str:
    """Return where the model of a version is: a folder, or an archive."""
    containers = (found.get("InferenceSpecification") or {}).get("Containers") or [{}]
    source = (containers[0].get("ModelDataSource") or {}).get("S3DataSource") or {}
    return str(containers[0].get("ModelDataUrl") or source.get("S3Uri") or "")


def described(group: str, found: Answer, metrics: Mapping[str, float]) -> Description:
    """Return what the registry's answer says of a version."""
    status = _STATUSES.get(str(found.get("ModelApprovalStatus")), "pending")
    entries = found.get("CustomerMetadataProperties") or {}
    if status == "rejected" and _ARCHIVED in entries:
        status = "archived"
    return Description(
        registered(group, found),
        status,
        properties_of(found),
        metrics,
        model_of(found),
        found["CreationTime"].timestamp(),
        status_by=_somebody(found.get("LastModifiedBy") or {}),
        status_comment=str(found.get("ApprovalDescription") or ""),
    )


def registered(group: str, found: Answer) -> Registered:
    """Return which version an answer or a summary is about."""
    arn = str(found["ModelPackageArn"])
    number = found.get("ModelPackageVersion") or arn.rpartition("/")[2]
    return Registered(group, int(number), arn)


def _somebody(context: Mapping[str, Any]) -> str:
    """Return who a user context is: an IAM principal, or a user profile of Studio."""
    identity = context.get("IamIdentity") or {}
    return str(
        identity.get("Arn") or context.get("UserProfileArn") or context.get("UserProfileName") or ""
    )
