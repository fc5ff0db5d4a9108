"""What the accounts cost in a month in which nothing runs, counted from the templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.cdk.described import described

SOURCE = "list prices of US East as of 2026-11-21"
"""As public tables quote AWS's price pages; they were not read from AWS's price list itself."""

_PRICES = {
    "AWS::KMS::Key": (1.0, "keys of KMS"),
    "AWS::CloudWatch::Alarm": (0.10, "alarms"),
    "AWS::CloudWatch::Dashboard": (3.0, "dashboards"),
    "AWS::EC2::VPCEndpoint": (7.30, "endpoints in zones"),
}
"""USD a month and what the page calls it. Everything else costs by use: functions, queues, tables
on demand, rules, schedules, CodePipeline V2 by the minute, storage by what lies there. An interface
endpoint costs 0.01 USD an hour in each of its subnets, 730 hours a month; a gateway nothing."""

_ONLY_WHERE_USED = ("AWS::EC2::VPCEndpoint",)


def table(templates: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table: a row an environment, and the sum."""
    counts: dict[str, dict[str, int]] = {}
    for document in templates.values():
        found = counts.setdefault(described(document).environment, dict.fromkeys(_PRICES, 0))
        for resource in document["Resources"].values():
            if resource["Type"] in found:
                found[resource["Type"]] += _number(resource)
    shown = [
        kind
        for kind in _PRICES
        if kind not in _ONLY_WHERE_USED or any(found[kind] for found in counts.values())
    ]
    names = [_PRICES[kind][1] for kind in shown]
    lines = [
        f"| environment | {' | '.join(names)} | USD a month |",
        f"|---|{'---|' * len(names)}---|",
    ]
    total = 0.0
    for environment, found in sorted(counts.items()):
        cost = sum(_PRICES[kind][0] * count for kind, count in found.items())
        total += cost
        cells = " | ".join(str(found[kind]) for kind in shown)
        lines.append(f"| {environment} | {cells} | {cost:.2f} |")
    lines.append(f"| all |{' |' * len(names)} {total:.2f} |")
    return "\n".join(lines) + "\n"


def _number(resource: Mapping[str, Any]) -> int:
    if resource["Type"] == "AWS::EC2::VPCEndpoint":
        return len(resource["Properties"].get("SubnetIds", []))
    return 1
