"""The network of jobs leads to S3 where an endpoint is in use by the routes of each subnet."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from penstock.inspection.finding import Finding
from penstock.inspection.network import network

REGION = "eu-west-1"


class Vpc:
    """A VPC of moto with two subnets of two zones and a security group."""

    def __init__(self) -> None:
        session: Any = boto3.session.Session()
        self._ec2 = session.client("ec2", region_name=REGION)
        self.id = self._ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
        self.subnets = [
            self._ec2.create_subnet(
                VpcId=self.id, CidrBlock=f"10.0.0.{offset}/25", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for zone, offset in (("a", 0), ("b", 128))
        ]
        made = self._ec2.create_security_group(GroupName="jobs", Description="x", VpcId=self.id)
        self.group = made["GroupId"]

    def main_table(self) -> str:
        wanted = {"vpc-id": self.id, "association.main": "true"}
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        (table,) = self._ec2.describe_route_tables(Filters=filters)["RouteTables"]
        return str(table["RouteTableId"])

    def table_of(self, subnet: str) -> str:
        """Make a route table of a subnet's own."""
        table = self._ec2.create_route_table(VpcId=self.id)["RouteTable"]["RouteTableId"]
        self._ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return str(table)

    def endpoint(self, *tables: str, kind: str = "Gateway") -> str:
        service = f"com.amazonaws.{REGION}.s3"
        more = {"RouteTableIds": list(tables)} if tables else {}
        made = self._ec2.create_vpc_endpoint(
            VpcId=self.id, ServiceName=service, VpcEndpointType=kind, **more
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def look(self) -> list[Finding]:
        return list(network("network", self.subnets, [self.group], REGION, "environments.yaml:9"))

    @property
    def in_order(self) -> Finding:
        said = f"subnets and security groups of {self.id}, with an endpoint of S3"
        return Finding("network", "ok", said)


@pytest.fixture
def vpc(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Vpc:
    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", REGION),
    ):
        monkeypatch.setenv(name, value)
    return Vpc()


@pytest.fixture
def set_state() -> Callable[[str, str], None]:
    """Give an endpoint a state; those of moto are available at once."""
    from moto.ec2.models import ec2_backends

    def changed(endpoint: str, state: str) -> None:
        (found,) = (
            backends[REGION].vpc_end_points[endpoint]
            for backends in ec2_backends.values()
            if endpoint in backends[REGION].vpc_end_points
        )
        found.state = state

    return changed


def test_an_endpoint_in_the_routes_of_each_subnet_is_in_order(vpc: Vpc) -> None:
    own = vpc.table_of(vpc.subnets[1])
    vpc.endpoint(vpc.main_table(), own)
    assert vpc.look() == [vpc.in_order]


def test_several_endpoints_may_serve_the_subnets_together(vpc: Vpc) -> None:
    own = vpc.table_of(vpc.subnets[1])
    vpc.endpoint(vpc.main_table())
    vpc.endpoint(own)
    assert vpc.look() == [vpc.in_order]


def test_an_interface_endpoint_needs_no_routes(vpc: Vpc) -> None:
    vpc.endpoint(kind="Interface")
    assert vpc.look() == [vpc.in_order]


@pytest.mark.parametrize("state", ["pending", "deleting", "failed"])
def test_an_endpoint_that_is_not_available_leads_nowhere(
    vpc: Vpc, set_state: Callable[[str, str], None], state: str
) -> None:
    set_state(vpc.endpoint(vpc.main_table()), state)
    assert vpc.look() == [
        Finding(
            "network",
            "warning",
            f"{vpc.id} has no available endpoint of S3: jobs reach no data, unless by another "
            "way out",
            "Make a gateway endpoint for its routes.",
        )
    ]


def test_subnets_whose_routes_do_not_use_the_endpoint_are_told(vpc: Vpc) -> None:
    first, second = vpc.subnets
    own = vpc.table_of(second)
    endpoint = vpc.endpoint(vpc.main_table())
    remedy = f"Add the route table of each to {endpoint}."
    rest = "jobs there reach no data, unless by another way out"
    assert vpc.look() == [
        Finding(
            "network", "warning", f"no endpoint of S3 is in the routes of {second}: {rest}", remedy
        )
    ]

    # The main table is no subnet's that has one of its own.
    vpc.endpoint(own)
    vpc.table_of(first)
    (only,) = vpc.look()
    assert only.said == f"no endpoint of S3 is in the routes of {first}: {rest}"


def test_an_endpoint_of_no_route_table_serves_no_subnet(vpc: Vpc) -> None:
    endpoint = vpc.endpoint()
    assert vpc.look() == [
        Finding(
            "network",
            "warning",
            f"no endpoint of S3 is in the routes of {', '.join(vpc.subnets)}: jobs there reach no "
            "data, unless by another way out",
            f"Add the route table of each to {endpoint}.",
        )
    ]
