"""Synthesizing in a test: inputs made of the real file of environments and small definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.cdk.app import build, collect_templates, use_own_node
from infra.cdk.inputs import Inputs, Pipeline, Start, UseCaseFacts
from penstock.environments import parse_environments

ROOT = Path(__file__).resolve().parents[3]
Documents = Mapping[str, Mapping[str, Any]]


NETWORK = ("SubnetOne", "SubnetTwo", "SecurityGroup")


def definition(name: str, *, in_network: bool = False) -> str:
    """Return a small definition; text and signs that are easily lost are in it."""
    own = NETWORK if in_network else ()
    first, second, group = ({"Get": f"Parameters.{each}"} for each in NETWORK)
    network = {"VpcConfig": {"SecurityGroupIds": [group], "Subnets": [first, second]}}
    job = {"Name": "job", "Type": "Processing", "Arguments": {"NetworkConfig": network}}
    return json.dumps(
        {
            "Version": "2020-12-01",
            "Metadata": {"note": f"{name}: é, “”, \\ \n"},
            "Parameters": [
                {"Name": each, "Type": "String"}
                for each in ("Image", "Role", "ArtifactRoot", "CodeRoot", *own)
            ],
            "Steps": [
                {"Name": "only", "Type": "Fail", "Arguments": {"ErrorMessage": name}},
                *([job] if in_network else []),
            ],
        },
        ensure_ascii=False,
    )


def use_case(name: str, *, chained: bool = False) -> UseCaseFacts:
    """Return the facts of a use case with both pipelines on a schedule."""
    group = name.replace("_", "-")
    daily = Start("cron(0 6 * * ? *)", "Europe/Madrid")
    inference = Start("", "Europe/Madrid", (f"{group}-training",)) if chained else daily
    weekly = Start("cron(0 4 ? * MON *)", "Europe/Madrid")
    sinks = (f"s3://decisions/{group}",)
    return UseCaseFacts(
        name, group, f"s3://rows/{group}", sinks, {"training": weekly, "inference": inference}
    )


def inputs(
    text: str | None = None,
    use_cases: Sequence[UseCaseFacts] = (),
    *,
    in_network: bool = False,
) -> Inputs:
    """Return inputs; by default the project's own environments and two use cases."""
    environments = parse_environments(
        text or (ROOT / "environments.yaml").read_text(encoding="utf-8"), "environments.yaml"
    )
    cases = list(use_cases) or [use_case("fraud"), use_case("wine_taste", chained=True)]
    pipelines = [
        Pipeline(name, each.name, kind, definition(name, in_network=in_network))
        for each in cases
        for kind in ("inference", "training")
        for name in [f"{each.group}-{kind}"]
    ]
    return Inputs(
        [environments.get(name) for name in environments.names if name != "local"],
        pipelines,
        {each.name: each for each in cases},
    )


def networked_text(*, known: bool = True) -> str:
    """Return the file with a network in every environment; not `known`: it is to be made."""
    text = (ROOT / "environments.yaml").read_text(encoding="utf-8")
    for number, name in enumerate(("dev", "pre-prod", "prod"), 1):
        lines = [f"  {name}:", f"    vpc: 10.{number}.0.0/22"]
        if known:
            lines += [
                f"    subnets: [subnet-0000000{number}, subnet-1000000{number}]",
                f"    security_groups: [sg-0000000{number}]",
            ]
        if name == "prod":
            lines.append("    endpoints: [secretsmanager]")
        text = text.replace(f"  {name}:\n", "".join(f"{line}\n" for line in lines))
    return text


def networked() -> Inputs:
    """Return inputs whose jobs run in a network of each environment."""
    return inputs(networked_text(), in_network=True)


def synthesize(made_of: Inputs, folder: Path) -> Documents:
    """Return the templates by stack; the synthesis fails if a check finds something."""
    use_own_node()
    outdir = folder / "cdk.out"
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    build(made_of, str(outdir), scratch).synth()
    return read(outdir)


def read(outdir: Path) -> Documents:
    """Return the templates that an app wrote."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in collect_templates(outdir)
    }
