"""`evidence.html`: what an approver reads, the verdict first, on one page without script."""

from collections.abc import Mapping
from typing import Any

from components.evidence_pack.sections.calibration import calibration_section
from components.evidence_pack.sections.drift import drift_section
from components.evidence_pack.sections.measured import gates_section, metrics_section
from components.evidence_pack.sections.origin import (
    data_section,
    origin_section,
    personal_section,
)
from components.evidence_pack.sections.parts import segments_section, slices_section
from components.evidence_pack.sections.style import EVIDENCE_STYLE
from components.evidence_pack.sections.verdict import how_sure, tiles, verdict_box
from components.pages.markup import Markup, tag
from components.pages.style import STYLE


def evidence_page(document: Mapping[str, Any]) -> str:
    """Return the page of an evidence document.

    Args:
        document: As `evidence_document` gave it, or as a pack holds it.
    """
    candidate, verdict = document["candidate"], document["verdict"]
    title = f"{candidate['group']}: a candidate" + (
        f" against {verdict['champion']}" if verdict["champion"] != "none" else ""
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE + EVIDENCE_STYLE)),
    )
    main = tag(
        "main",
        tag("h1", title),
        tag("p", candidate["description"], class_="soft"),
        verdict_box(document),
        how_sure(document),
        tiles(document),
        gates_section(document),
        metrics_section(document),
        segments_section(document),
        slices_section(document),
        calibration_section(document),
        drift_section(document["drift"]),
        data_section(document),
        personal_section(document),
        origin_section(document),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", main), lang="en") + "\n"
