"""How many machines of a type the account may use at once, as Service Quotas tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.errors import ServiceError
from penstock.inspection.finding import Finding

_LONGEST_REASON = 200


def quotas(
    region: str, machines: Mapping[str, Sequence[str]], parallel_steps: int
) -> Iterator[Finding]:
    """Compare quotas with what an execution uses at once.

    Args:
        region: Of the environment.
        machines: Types such as `ml.m5.large`, by the kind of job: `processing`, `training`.
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
    enough = []
    for machine in sorted({each for types in machines.values() for each in types}):
        kinds = sorted(kind for kind, types in machines.items() if machine in types)
        found = list(_of_machine(machine, kinds, values, parallel_steps))
        yield from found
        if not found:
            enough.append(machine)
    if enough:
        said = f"{', '.join(enough)} for {parallel_steps} steps side by side"
        yield Finding("quotas", "ok", said)


def _of_machine(
    machine: str, kinds: Sequence[str], values: Mapping[str, float], parallel_steps: int
) -> Iterator[Finding]:
    """Yield what an account lacks of a type; nothing where it has enough."""
    names = {kind: f"{machine} for {kind} job usage" for kind in kinds}
    known = {kind: name for kind, name in names.items() if name in values}
    if not known:
        said = f"Service Quotas tells none of {machine}"
        yield Finding("quotas", "warning", said, "Look at them in the console.")
        return
    untold = [kind for kind in kinds if kind not in known]
    if untold:
        said = f"Service Quotas tells none of {machine} for {', '.join(untold)} jobs"
        yield Finding("quotas", "warning", said, "Look at them in the console.")
    low = []
    for kind, name in known.items():
        value = values[name]
        if value < 1:
            remedy = f"Ask for more in Service Quotas: {name}."
            yield Finding("quotas", "broken", f"no {machine} for {kind} jobs is allowed", remedy)
        elif value < parallel_steps:
            low.append(f"{value:g} for {kind}")
    if low:
        said = f"{machine}: {', '.join(low)}, but {parallel_steps} steps may run side by side"
        yield Finding("quotas", "warning", said, "Ask for more, or lower limits.parallel_steps.")


def _values(region: str) -> Mapping[str, float]:
    client = open_client("service-quotas", region)
    with translated("servicequotas", f"the quotas of SageMaker in {region}"):
        pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        return {each["QuotaName"]: each["Value"] for page in pages for each in page["Quotas"]}
