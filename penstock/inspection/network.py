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
    yield from _way_to_s3(name, client, networks[0], subnets, region)


def _weak(name: str, subnets: Sequence[Mapping[str, Any]], place: str) -> Iterator[Finding]:
    zones = {each["AvailabilityZone"] for each in subnets}
    if len(zones) == 1:
        said = f"the subnets are all in {zones.pop()}: without it no job starts"
        yield Finding(name, "warning", said, f"Name one of another zone in {place}.")


def _way_to_s3(
    name: str, client: Any, vpc: str, subnets: Sequence[str], region: str
) -> Iterator[Finding]:
    wanted = [
        _filter("vpc-id", [vpc]),
        _filter("service-name", [f"com.amazonaws.{region}.s3"]),
        _filter("vpc-endpoint-state", ["available"]),
    ]
    with translated("ec2", f"the endpoints of {vpc}"):
        endpoints = client.describe_vpc_endpoints(Filters=wanted)["VpcEndpoints"]
    if not endpoints:
        said = f"{vpc} has no available endpoint of S3: "
        said += "jobs reach no data, unless by another way out"
        yield Finding(name, "warning", said, "Make a gateway endpoint for its routes.")
        return
    apart: list[str] = []
    # Another endpoint than a gateway is reached by its address.
    if all(each["VpcEndpointType"] == "Gateway" for each in endpoints):
        served = {table for each in endpoints for table in each.get("RouteTableIds", [])}
        tables = _route_tables(client, vpc, subnets)
        apart = [each for each in subnets if tables[each] not in served]
    if apart:
        said = f"no endpoint of S3 is in the routes of {', '.join(apart)}: "
        said += "jobs there reach no data, unless by another way out"
        ids = sorted(str(each["VpcEndpointId"]) for each in endpoints)
        yield Finding(name, "warning", said, f"Add the route table of each to {' or '.join(ids)}.")
    else:
        yield Finding(name, "ok", f"subnets and security groups of {vpc}, with an endpoint of S3")


def _route_tables(client: Any, vpc: str, subnets: Sequence[str]) -> Mapping[str, str]:
    """Return the route table of each subnet; empty where none is told.

    Source: Amazon VPC user guide, "Subnet route tables": a subnet that is associated with no table
    is with the main one.
    """
    own: dict[str, str] = {}
    main = ""
    with translated("ec2", f"the route tables of {vpc}"):
        pages = client.get_paginator("describe_route_tables")
        for page in pages.paginate(Filters=[_filter("vpc-id", [vpc])]):
            for table in page["RouteTables"]:
                for each in table["Associations"]:
                    if each.get("Main"):
                        main = str(table["RouteTableId"])
                    elif "SubnetId" in each:
                        own[str(each["SubnetId"])] = str(table["RouteTableId"])
    return {each: own.get(each, main) for each in subnets}


def _filter(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}
