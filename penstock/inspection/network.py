"""Whether the subnets and security groups of the jobs are there, in one VPC that leads to S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.inspection.finding import Finding


def network(
    name: str, subnets: Sequence[str], groups: Sequence[str], region: str, place: str
) -> Iterator[Finding]:
    """Look at the network that jobs run in.

    Args:
        name: Of the findings.
        subnets: Their ids.
        groups: Ids of the security groups.
        region: Where they have to be.
        place: `file:line` of them.

    Raises:
        ServiceError: EC2 refused or cannot be reached.
    """
    client: Any = open_client("ec2", region, "the network of the jobs")
    with translated("ec2", "the network of the jobs"):
        # Filters, not ids: what is missing is left out, not told as an error of its own.
        found = client.describe_subnets(Filters=[_filter("subnet-id", subnets)])["Subnets"]
        known = client.describe_security_groups(Filters=[_filter("group-id", groups)])
        in_groups = known["SecurityGroups"]
    there = {each["SubnetId"]: each for each in found} | {
        each["GroupId"]: each for each in in_groups
    }
    missing = [each for each in (*subnets, *groups) if each not in there]
    if missing:
        said = f"there is no {', no '.join(missing)} in {region}"
        yield Finding(name, "broken", said, f"Make it, or mend {place}.")
        return
    networks = sorted({str(each["VpcId"]) for each in there.values()})
    if len(networks) > 1:
        said = f"the subnets and security groups are of several VPCs: {', '.join(networks)}"
        yield Finding(name, "broken", said, f"Name those of one in {place}.")
        return
    yield from _weak(name, found, place)
    yield from _way_to_s3(name, client, networks[0], region)


def _weak(name: str, subnets: Sequence[Mapping[str, Any]], place: str) -> Iterator[Finding]:
    zones = {each["AvailabilityZone"] for each in subnets}
    if len(zones) == 1:
        said = f"the subnets are all in {zones.pop()}: without it no job starts"
        yield Finding(name, "warning", said, f"Name one of another zone in {place}.")


def _way_to_s3(name: str, client: Any, vpc: str, region: str) -> Iterator[Finding]:
    service = f"com.amazonaws.{region}.s3"
    wanted = [_filter("vpc-id", [vpc]), _filter("service-name", [service])]
    with translated("ec2", f"the endpoints of {vpc}"):
        endpoints = client.describe_vpc_endpoints(Filters=wanted)["VpcEndpoints"]
    if endpoints:
        yield Finding(name, "ok", f"subnets and security groups of {vpc}, with an endpoint of S3")
    else:
        said = f"{vpc} has no endpoint of S3: jobs reach no data, unless by another way out"
        yield Finding(name, "warning", said, "Make a gateway endpoint for its routes.")


def _filter(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}
