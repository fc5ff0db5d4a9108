"""What pages show of the templates is what the templates say; --update-goldens writes it anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from synthesis import ROOT, Documents

from infra.cdk.pages.diagram import mermaid
from infra.cdk.pages.idle_costs import table
from infra.cdk.pages.sections import section, with_section


def picture(templates: Documents) -> str:
    return f"```mermaid\n{mermaid(templates)}```\n"


PAGES: list[tuple[str, str, Callable[[Documents], str]]] = [
    ("docs/promotion.md", "diagram", picture),
    ("docs/accounts.md", "idle costs", table),
]


@pytest.mark.parametrize(("page", "name", "made"), PAGES)
def test_a_page_shows_what_the_templates_say(
    templates: Documents,
    request: pytest.FixtureRequest,
    page: str,
    name: str,
    made: Callable[[Documents], str],
) -> None:
    path: Path = ROOT / page
    text = path.read_text(encoding="utf-8")
    wanted = made(templates)
    if request.config.getoption("--update-goldens"):
        path.write_text(with_section(text, name, wanted), encoding="utf-8")
        return
    assert section(text, name) == wanted


def test_a_picture_shows_the_way_of_an_approval(templates: Documents) -> None:
    lines = mermaid(templates).splitlines()
    for line in (
        "  registry_tooling -- Approved --> bus_penstock_pre_prod_promotion",
        "  bus_penstock_pre_prod_promotion -- Approved --> queue_penstock_pre_prod_promotion",
        "  queue_penstock_pre_prod_promotion --> function_penstock_pre_prod_deployer",
        "  registry_tooling -- Rejected --> function_penstock_tooling_recorder",
    ):
        assert line in lines


def test_idle_costs_are_counted(templates: Documents) -> None:
    rows = table(templates).splitlines()
    assert rows[0] == "| environment | keys of KMS | alarms | dashboards | USD a month |"
    tooling = [
        each["Type"]
        for stack in ("access", "registry", "delivery")
        for each in templates[f"penstock-tooling-{stack}"]["Resources"].values()
    ]
    keys, alarms = tooling.count("AWS::KMS::Key"), tooling.count("AWS::CloudWatch::Alarm")
    assert f"| tooling | {keys} | {alarms} | 0 | {keys + alarms * 0.1:.2f} |" in rows
