"""Whether jobs reach the rows and the decisions of their use cases."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names
from infra.cdk.places import Place, read_sink, read_source
from penstock.environments import Environment
from penstock.errors import DataError, Problem


def unreachable(inputs: Inputs) -> list[Problem]:
    """Return the addresses of rows and decisions that no job of an environment reaches."""
    return [each for names in inputs.workloads() for each in _unreachable(inputs, names)]


def _unreachable(inputs: Inputs, names: Names) -> Iterator[Problem]:
    environment, sources = names.environment, inputs.sources(names)
    for name, source in sources.items():
        own = f"use_cases/{name}/use_case.yaml"
        reading = [("source", source, name in environment.sources)]
        writing = [
            ("sink", sink, name in environment.sinks) for sink in inputs.sinks(names).get(name, ())
        ]
        for kind, address, is_given in (*reading, *writing):
            told = f"the {kind} of {name} in {environment.name}"
            try:
                place = (
                    read_source(address, inputs.use_cases[name].tables)
                    if kind == "source"
                    else read_sink(address, source)
                )
            except DataError as error:
                for each in error.problems:
                    where = "environments.yaml" if is_given else own
                    yield Problem(f"{told}: {each.what}", where, each.remedy)
                continue
            for service in _not_led_to(environment, place):
                what = f"{told} asks {service}, and the vpc there leads to no such service."
                remedy = f"Add {service} to the `endpoints` of {environment.name}."
                yield Problem(what, "environments.yaml", remedy)
            for region in _elsewhere(environment, place):
                what = f"{told} is in {region}, and the vpc there leads to {environment.region}."
                remedy = "Keep the table there, or bring subnets that lead to both."
                yield Problem(what, "environments.yaml", remedy)


def _not_led_to(environment: Environment, place: Place) -> list[str]:
    """Return the services that a job asks and that a network of ours does not lead to."""
    asked = {"glue": place.tables, "secretsmanager": place.secrets}
    return [
        service
        for service, each in asked.items()
        if environment.vpc and each and service not in environment.endpoints
    ]


def _elsewhere(environment: Environment, place: Place) -> list[str]:
    """Return Regions of tables that a network of ours does not lead to."""
    regions = sorted({region for region, *_ in place.tables} - {"", environment.region})
    return regions if environment.vpc else []
