"""What the templates are made of: the file of environments, a release, the use cases' settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.cdk.naming import Names, bucket_of
from infra.cdk.places import Place, read_sink, read_source
from penstock.approval.ledger.aws_address import read_aws_address
from penstock.environments import Environment, Environments
from penstock.environments.network import network_problems
from penstock.errors import Problem, RequestError
from penstock.registry.sagemaker.address import read_address
from penstock.release import Release


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of the release.

    Attributes:
        name: Such as `fraud-training`.
        use_case: Such as `fraud`.
        kind: The folder that wires it, such as `training`.
        body: The definition, byte for byte.
    """

    name: str
    use_case: str
    kind: str
    body: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the definition's parameters."""
        return tuple(each["Name"] for each in json.loads(self.body)["Parameters"])


@dataclass(frozen=True, slots=True)
class Start:
    """When a pipeline starts: an expression of EventBridge Scheduler, or after others.

    Attributes:
        expression: Such as `cron(0 6 * * ? *)`; empty: after others.
        time_zone: In which it is read.
        after: Names of pipelines.
    """

    expression: str
    time_zone: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseCaseFacts:
    """What the templates need of a use case.

    Attributes:
        name: Such as `fraud`.
        group: Its group in the model registries.
        source: Address of its live rows; empty: no account can reach them.
        sinks: Addresses of its decisions.
        starts: By the pipeline's kind.
        incremental: Whether it trains on what was appended since its last version.
        tables: Of the source, by their names there; none: its address names the one.
    """

    name: str
    group: str
    source: str
    sinks: tuple[str, ...]
    starts: Mapping[str, Start]
    tables: tuple[str, ...] = ()
    incremental: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """All of it; equal inputs give equal templates.

    Attributes:
        environments: By name, in the file's order.
        pipelines: By name.
        use_cases: By name.
        commit: That the release was built of, with `-dirty` where files differed from it.
    """

    environments: Sequence[Environment]
    pipelines: Sequence[Pipeline]
    use_cases: Mapping[str, UseCaseFacts]
    commit: str = "none"

    @property
    def tooling(self) -> Names:
        """The one environment that delivers."""
        return next(self.names(each) for each in self.environments if each.kind == "tooling")

    @property
    def waiting(self) -> list[str]:
        """Names of the environments whose network is to be made before all else."""
        return [each.name for each in self.environments if each.vpc and not each.subnets]

    def workloads(self, *kinds: str) -> list[Names]:
        """Return environments that pipelines run in, of some kinds or of all."""
        wanted = kinds or ("dev", "pre-prod", "prod")
        return [self.names(each) for each in self.environments if each.kind in wanted]

    def further_regions(self) -> list[str]:
        """Return the Regions that are deployed to besides the delivery's own."""
        found = {each.region for each in self.workloads()}
        return sorted(found - {self.tooling.region})

    def names(self, environment: Environment) -> Names:
        """Return the names of an environment."""
        place = (environment.account, environment.region)
        first = (
            next(
                each
                for each in self.environments
                if each.kind != "tooling" and (each.account, each.region) == place
            )
            if environment.kind != "tooling"
            else environment
        )
        return Names(environment, first.name != environment.name)

    def sources(self, names: Names) -> dict[str, str]:
        """Return the address of the live rows by use case, where an account can reach them."""
        given = names.environment.sources
        found = {each.name: given.get(each.name, each.source) for each in self.use_cases.values()}
        return {name: address for name, address in found.items() if address}

    def incremental(self) -> list[str]:
        """Return the use cases that train on what was appended since their last version."""
        return sorted(each.name for each in self.use_cases.values() if each.incremental)

    def source_places(self, names: Names) -> list[Place]:
        """Return where the live rows of an environment are."""
        return [
            read_source(address, self.use_cases[name].tables)
            for name, address in self.sources(names).items()
        ]

    def sinks(self, names: Names) -> dict[str, tuple[str, ...]]:
        """Return the addresses of the live decisions by use case; prod alone has some.

        A use case whose rows nobody can reach decides nothing.
        """
        if names.environment.kind != "prod":
            return {}
        given = names.environment.sinks
        return {name: given.get(name, self.use_cases[name].sinks) for name in self.sources(names)}

    def sink_places(self, names: Names) -> list[Place]:
        """Return where the live decisions of an environment go."""
        sources = self.sources(names)
        return [
            read_sink(address, sources[name])
            for name, addresses in self.sinks(names).items()
            for address in addresses
        ]

    def pipelines_of(self, use_case: str) -> list[Pipeline]:
        """Return the pipelines of a use case, in the order of their names."""
        return [each for each in self.pipelines if each.use_case == use_case]

    def use_cases_by_group(self) -> dict[str, str]:
        """Return the names of the use cases by their groups in the registries."""
        return {each.group: each.name for each in self.use_cases.values()}

    def groups(self) -> list[str]:
        """Return the groups of the model registries."""
        return sorted({each.group for each in self.use_cases.values()})


def as_json(value: object) -> str:
    """Return a setting of a function or an action as text; equal values give equal texts."""
    return json.dumps(value, sort_keys=True)


def inputs_of(environments: Environments, release: Release) -> Inputs:
    """Return the inputs of a file and a release.

    Raises:
        RequestError: They cannot be deployed; every reason is told.
    """
    from infra.cdk.release_facts import commit_of, pipelines_of, use_cases_of

    inputs = Inputs(
        [environments.get(name) for name in environments.names if name != "local"],
        pipelines_of(release),
        use_cases_of(release),
        commit_of(release),
    )
    problems = list(_problems(inputs))
    if problems:
        raise RequestError(problems)
    return inputs


def _problems(inputs: Inputs) -> list[Problem]:
    from infra.cdk.name_lengths import names_alike, names_too_long
    from infra.cdk.reaching import unreachable

    tooling = [each for each in inputs.environments if each.kind == "tooling"]
    problems = []
    if len(tooling) != 1:
        what = f"the app needs one environment `tooling`; there are {len(tooling)}."
        return [Problem(what, "environments.yaml", "Name one account for the delivery.")]
    for setting in ("releases", "registry", "ledger"):
        if not getattr(tooling[0], setting):
            what = f"the setting {setting!r} of tooling is missing."
            problems.append(
                Problem(what, "environments.yaml", f"The app makes it: add `{setting}: ...`.")
            )
    problems += [*_followers(inputs), *_networks(inputs)]
    problems += [*names_too_long(inputs), *names_alike(inputs)]
    problems += unreachable(inputs)
    seen: dict[tuple[str, str], str] = {}
    for each in inputs.environments:
        if each.account == tooling[0].account and each.kind != "tooling":
            what = f"{each.name} is in the account of tooling; its roles could reach the registry."
            problems.append(
                Problem(what, "environments.yaml", "Give the delivery an account of its own.")
            )
        for setting, scope, value in _owned(each):
            if not value:
                continue
            other = seen.setdefault((scope, value), each.name)
            if other != each.name:
                what = f"{other} and {each.name} name the same {setting} {value}."
                problems.append(
                    Problem(what, "environments.yaml", "The stacks make one each: name two.")
                )
    return problems


def _networks(inputs: Inputs) -> Iterator[Problem]:
    """Yield what keeps jobs out of the networks that environments name, or would let them out."""
    for each in inputs.environments:
        if each.kind != "tooling" and each.name not in inputs.waiting:
            for pipeline in inputs.pipelines:
                yield from network_problems(each, pipeline.name, pipeline.parameters)


def _owned(each: Environment) -> Iterator[tuple[str, str, str]]:
    """Yield what the stacks of an environment make: setting, where its name is one, name."""
    here = f"{each.account} {each.region}"
    ledger = read_aws_address(each.ledger) if each.ledger.startswith("dynamodb://") else None
    registry = each.registry.startswith("sagemaker://")
    buckets = {
        "releases": bucket_of(each.releases) if each.kind == "tooling" else "",
        "artifacts": bucket_of(each.artifacts),
        "registry": read_address(each.registry).bucket if registry else "",
        "ledger": ledger.bucket if ledger else "",
    }
    if bucket_of(each.code) != buckets["artifacts"]:
        buckets["code"] = bucket_of(each.code)
    for setting, bucket in buckets.items():
        # Names of buckets are one for all the world.
        yield setting, "bucket", bucket
    yield "role", f"role {each.account}", each.role
    yield "records", f"table {here}", each.records
    if ledger and each.kind != "tooling":
        yield "ledger", f"table {here}", ledger.table
        yield "ledger", f"key {here}", ledger.key


def _followers(inputs: Inputs) -> list[Problem]:
    """Return the pipelines that follow several others: a rule starts them after each of those."""
    return [
        Problem(
            f"{kind} of {each.name} depends on {len(start.after)} pipelines; a rule knows one.",
            f"use_cases/{each.name}/use_case.yaml",
            "Let it depend on the one that is last.",
        )
        for each in inputs.use_cases.values()
        for kind, start in each.starts.items()
        if len(start.after) > 1
    ]
