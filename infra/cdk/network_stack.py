"""A network for jobs with no way to the internet; people deploy it before the roles."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.cdk.access.jobs import job_statements
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names
from infra.cdk.parts.bucket import make_flow_log_bucket
from infra.cdk.statements import Statement, allow, document

_HTTPS = 443
_ZONES = ("One", "Two")
_EVERYBODY = ["*"]


class NetworkStack(cdk.Stack):
    """Two subnets in two zones that lead to S3 and to what the environment names, and no further.

    Its outputs are what `subnets` and `security_groups` of the environment are to say.
    """

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: Any
    ) -> None:
        super().__init__(scope, title, **stack)
        self._names = names
        self._vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=names.environment.vpc,
            # Interface endpoints are found by the services' own names.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._named("jobs"),
        )
        self._routes = ec2.CfnRouteTable(
            self, "Routes", vpc_id=self._vpc.ref, tags=self._named("jobs")
        )
        self._subnets = self._make_subnets()
        self._jobs = self._make_group(
            "Jobs", "jobs", "Jobs: what instances of one tell each other, and HTTPS."
        )
        self._open_jobs()
        self._lead_to_s3(inputs)
        self._lead_to_services(names.environment.endpoints)
        self._record_traffic()
        for name, ids in (
            ("Subnets", [each.ref for each in self._subnets]),
            ("SecurityGroups", [self._jobs.ref]),
        ):
            cdk.CfnOutput(self, name, value=f"[{', '.join(ids)}]")

    def _make_subnets(self) -> list[ec2.CfnSubnet]:
        halves = ipaddress.IPv4Network(self._names.environment.vpc).subnets(prefixlen_diff=1)
        made = []
        for index, (zone, addresses) in enumerate(zip(_ZONES, halves, strict=True)):
            subnet = ec2.CfnSubnet(
                self,
                f"Subnet{zone}",
                vpc_id=self._vpc.ref,
                cidr_block=str(addresses),
                availability_zone=cdk.Fn.select(index, cdk.Fn.get_azs()),
                map_public_ip_on_launch=False,
                tags=self._named(f"jobs-{zone.lower()}"),
            )
            ec2.CfnSubnetRouteTableAssociation(
                self,
                f"Subnet{zone}Routes",
                subnet_id=subnet.ref,
                route_table_id=self._routes.ref,
            )
            made.append(subnet)
        return made

    def _make_group(self, title: str, name: str, description: str) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self,
            f"{title}Group",
            group_name=self._names.of(name),
            group_description=description,
            vpc_id=self._vpc.ref,
            # Else EC2 lets everything out; this rule lets out nothing.
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="icmp",
                    from_port=252,
                    to_port=86,
                    cidr_ip="255.255.255.255/32",
                    description="Nothing, but for what is added by itself.",
                )
            ],
            tags=self._named(name),
        )

    def _open_jobs(self) -> None:
        group = self._jobs.attr_group_id
        among = "Instances of one job."
        ec2.CfnSecurityGroupIngress(
            self,
            "JobsFromJobs",
            group_id=group,
            ip_protocol="-1",
            source_security_group_id=group,
            description=among,
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "JobsToJobs",
            group_id=group,
            ip_protocol="-1",
            destination_security_group_id=group,
            description=among,
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "JobsToServices",
            group_id=group,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            # Addresses of S3 are in no template; the routes lead to it alone.
            cidr_ip="0.0.0.0/0",
            description="S3 and interface endpoints: the routes lead nowhere else.",
        )

    def _lead_to_s3(self, inputs: Inputs) -> None:
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            service_name=f"com.amazonaws.{self._names.region}.s3",
            vpc_endpoint_type="Gateway",
            vpc_id=self._vpc.ref,
            route_table_ids=[self._routes.ref],
            policy_document=document(*_objects(inputs, self._names)),
        )

    def _lead_to_services(self, services: Sequence[str]) -> None:
        if not services:
            return
        group = self._make_group("Endpoints", "endpoints", "Endpoints of services: HTTPS of jobs.")
        ec2.CfnSecurityGroupIngress(
            self,
            "EndpointsFromJobs",
            group_id=group.attr_group_id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            source_security_group_id=self._jobs.attr_group_id,
            description="Jobs.",
        )
        for service in services:
            ec2.CfnVPCEndpoint(
                self,
                "".join(part.capitalize() for part in service.replace("-", ".").split(".")),
                service_name=f"com.amazonaws.{self._names.region}.{service}",
                vpc_endpoint_type="Interface",
                vpc_id=self._vpc.ref,
                subnet_ids=[each.ref for each in self._subnets],
                security_group_ids=[group.attr_group_id],
                private_dns_enabled=True,
                # What the role may do there, its own policy says.
                policy_document=document(
                    allow("Jobs", ["*"], ["*"], _by_jobs(self._names), AWS=_EVERYBODY)
                ),
            )

    def _record_traffic(self) -> None:
        bucket = make_flow_log_bucket(self, self._names)
        ec2.CfnFlowLog(
            self,
            "Traffic",
            resource_id=self._vpc.ref,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket.bucket.attr_arn,
            tags=self._named("jobs"),
        ).add_dependency(bucket.policy)

    def _named(self, name: str) -> list[cdk.CfnTag]:
        return [cdk.CfnTag(key="Name", value=self._names.of(name))]


def _by_jobs(names: Names) -> Mapping[str, Mapping[str, Any]]:
    """Return the condition that the jobs' role asks.

    A principal that is named in a gateway endpoint's policy stands for its account's root alone
    (AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies").
    """
    return {"ArnEquals": {"aws:PrincipalArn": names.environment.role}}


def _objects(inputs: Inputs, names: Names) -> list[Statement]:
    """Return what the jobs' role may do in S3; no other role and no other bucket passes."""
    reached: dict[tuple[str, ...], set[str]] = {}
    for statement in job_statements(inputs, names):
        actions, resources = _list(statement["Action"]), _list(statement["Resource"])
        if actions[0].startswith("s3:"):
            reached.setdefault(tuple(actions), set()).update(resources)
    return [
        allow(f"Objects{index}", actions, sorted(resources), _by_jobs(names), AWS=_EVERYBODY)
        for index, (actions, resources) in enumerate(sorted(reached.items()))
    ]


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
