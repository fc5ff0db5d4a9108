"""How many machines of a type the account may use at once, as Service Quotas tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.errors import ServiceError
from penstock.inspection.finding import Finding

_KINDS = ("processing", "training", "transform")
_LONGEST_REASON = 200

_TYPE = "ml.m5.large"
"""The type of steps that ask for nothing else."""


def quotas(region: str, parallel_steps: int) -> Iterator[Finding]:
    """Compare quotas with what an execution uses at once.

    Args:
        region: Of the environment.
        parallel_steps: Steps of one execution side by side.
    """
    try:
        values = _values(region)
    except ServiceError as error:
        reason = error.problems[0].what.partition("\n")[0].rstrip(".")
        said = f"they cannot be seen: {reason[:_LONGEST_REASON]}"
        remedy = "Give these credentials the right to servicequotas:ListServiceQuotas."
        yield Finding("quotas", "warning", said, remedy)
        return
    known = {kind: _name(kind) for kind in _KINDS if _name(kind) in values}
    if not known:
        said = f"Service Quotas tells none of {_TYPE}"
        yield Finding("quotas", "warning", said, "Look at them in the console.")
        return
    low = []
    for kind, name in known.items():
        value = values[name]
        if value < 1:
            remedy = f"Ask for more in Service Quotas: {name}."
            yield Finding("quotas", "broken", f"no {_TYPE} for {kind} jobs is allowed", remedy)
        elif value < parallel_steps:
            low.append(f"{value:g} for {kind}")
    if low:
        said = f"{_TYPE}: {', '.join(low)}, but {parallel_steps} steps may run side by side"
        yield Finding("quotas", "warning", said, "Ask for more, or lower limits.parallel_steps.")
    elif all(values[name] >= 1 for name in known.values()):
        yield Finding("quotas", "ok", f"{_TYPE} for {parallel_steps} steps side by side")


def _name(kind: str) -> str:
    return f"{_TYPE} for {kind} job usage"


def _values(region: str) -> Mapping[str, float]:
    client = open_client("service-quotas", region)
    with translated("servicequotas", f"the quotas of SageMaker in {region}"):
        pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        return {each["QuotaName"]: each["Value"] for page in pages for each in page["Quotas"]}
