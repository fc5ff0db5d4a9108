"""Every page in a real browser: accessible, on a phone and in the dark, and pictured in the docs.

`PENSTOCK_UPDATE_SCREENSHOTS=1 pytest tests/serving/console/test_every_page.py` makes the pictures.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.pages.style import STYLE

PICTURES = Path(__file__).parents[3] / "docs" / "images" / "console"
PAGES = (
    "candidates",
    "decision",
    "decision-undecided",
    "decision-first",
    "decision-refused",
    "report",
    "decided",
    "live",
    "live-at",
    "verified",
    "history",
    "error",
    "sign-in",
)
REPORT = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>fraud</title>
<style>{STYLE}</style><main><h1>fraud: a candidate against fraud/2</h1>
<p class="soft">Card transactions that are frauds.</p>
<div class="verdict good">Recommended. Better than fraud/2: average precision 0.6412 instead of
0.62.<small>Every gate passed.</small></div>
<dl class="tiles"><div class="tile"><dt>average precision</dt><dd class="value">0.641</dd></div>
<div class="tile"><dt>ROC AUC</dt><dd class="value">0.943</dd></div>
<div class="tile"><dt>log loss</dt><dd class="value">0.118</dd></div></dl></main></html>"""
"""As components write it, with their own styles inside."""

TALL = ("decision",)
"""Pictured whole as well."""


@pytest.fixture(scope="module")
def addresses(tidy_house: Any, tidy_served: Any) -> dict[str, str]:
    """What a project looks like after some weeks."""
    house, served = tidy_house, tidy_served
    first = house.register("fraud")
    house.approve("fraud", first)
    second = house.register("fraud", "better", champion=f"fraud/{first}")
    house.approve("fraud", second)
    third = house.register("fraud", "worse", champion=f"fraud/{second}")
    house.approvals.reject(
        "fraud",
        third,
        "local",
        served.console.sign_in.person,
        evidence=house.evidence("fraud", third),
        comment="Misses twice the frauds of the shop on rainy days.",
    )
    undecided = house.register("fraud", "undecided", champion=f"fraud/{second}")
    better = house.register("fraud", "better", champion=f"fraud/{second}", pages=REPORT)
    churn = house.register("churn")
    at = f"{served.address}/models/fraud"
    entry = len(house.approvals.history("fraud", "local")) and next(
        each.sequence
        for each in house.approvals.history("fraud", "local")
        if each.version == second
    )
    return {
        "candidates": f"{served.address}/",
        "decision": f"{at}/{better}/local",
        "decision-undecided": f"{at}/{undecided}/local",
        "decision-first": f"{served.address}/models/churn/{churn}/local",
        "decision-refused": f"{at}/{better}/prod",
        "report": f"{at}/{better}/local/report",
        "decided": f"{served.address}/decisions/{entry}",
        "live": f"{served.address}/live",
        "live-at": f"{served.address}/live?at=2026-11-01T09:00",
        "verified": f"{served.address}/live/fraud/local/verified",
        "history": f"{served.address}/history",
        "error": f"{at}/99/local",
        "sign-in": f"{served.address}/sign-in",
    }


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_core_python

    return (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_page_is_accessible_and_fits(
    look: str, window: Callable[..., Any], tidy_served: Any, addresses: dict[str, str], axe: str
) -> None:
    # The policy forbids scripts, axe too; what it finds is the same without it.
    page = window(look, bypass_csp=True)
    page.goto(tidy_served.printed)
    found: list[str] = []
    for name in PAGES:
        page.goto(addresses[name])
        if os.environ.get("PENSTOCK_UPDATE_SCREENSHOTS"):
            picture(page, name, look)
        for details in page.query_selector_all("details"):
            details.evaluate("each => { each.open = true }")
        page.evaluate(axe)
        answer = page.evaluate("axe.run(document, {iframes: false})")
        found += [
            f"{look} {name}: {each['id']} ({each['impact']}): {each['help']}: "
            f"{each['nodes'][0]['html'][:120]}"
            for each in answer["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:
            found.append(f"{look} {name}: {width} px wide")
    assert found == []


def picture(page: Any, name: str, look: str) -> None:
    """Write a page's picture in few colours: what is drawn has no more."""
    from io import BytesIO

    from PIL import Image

    if look != "light" and name not in ("decision", "candidates"):
        return
    suffix = "" if look == "light" else f"-{look}"
    PICTURES.mkdir(parents=True, exist_ok=True)
    whole = [(suffix, look == "phone")]
    if look == "light" and name in TALL:
        whole.append(("-whole", True))
    for ending, full in whole:
        drawn = Image.open(BytesIO(page.screenshot(full_page=full))).convert("RGB")
        few = drawn.quantize(128, dither=Image.Dither.NONE)
        few.save(PICTURES / f"{name}{ending}.png", optimize=True)
