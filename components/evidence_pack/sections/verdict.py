"""The first screen: which model, better or worse than live, by how much, how sure, what next."""

from collections.abc import Mapping
from typing import Any

from components.evidence_pack.sections.section import interval_text, section
from components.pages.figures import count, number, signed, words
from components.pages.interval import interval_picture
from components.pages.markup import Markup, tag
from penstock.use_case.evaluation import LESS_IS_BETTER

_MOST_TILES = 5


def verdict_box(document: Mapping[str, Any]) -> Markup:
    """Return advice, verdict, gates, and what an approval does."""
    verdict = document["verdict"]
    advised = bool(verdict["recommended"])
    gates = str(document["gates_verdict"])
    look = "good" if advised else "open" if _passed(document) and _is_open(verdict) else "bad"
    return tag(
        "div",
        tag("b", "Recommended" if advised else "Not recommended"),
        tag("span", str(verdict["sentence"])),
        tag("small", f"{gates[:1].upper()}{gates[1:]}. " if gates else None, _next(verdict)),
        class_=f"verdict {look}",
    )


def how_sure(document: Mapping[str, Any]) -> Markup | None:
    """Return the picture of the difference with the rule; None where nothing was compared."""
    verdict = document["verdict"]
    picture = interval_picture(verdict)
    if picture is None:
        return None
    metric, margin = str(verdict["metric"]), float(verdict["margin"])
    bound = "no difference"
    if margin:
        bound = f"{'a gain' if verdict['rule'] == 'better' else 'a loss'} of {number(margin)}"
    gain = f"{'fall' if metric in LESS_IS_BETTER else 'rise'} of {words(metric)}"
    text = (
        f"Both models scored the same {count(verdict['rows'])} test rows. The true difference lies "
        f"within the bar with a certainty of {100 * verdict['confidence']:g} %. A {gain} is an "
        f"improvement; the rule recommends a model whose whole bar lies right of {bound}."
    )
    return section("How sure is that?", text, picture)


def tiles(document: Mapping[str, Any]) -> Markup | None:
    """Return the greatest figures, the deciding metric first, each beside the live model's."""
    metrics, compared = document["metrics"], document["verdict"]["metrics"]
    first = str(document["verdict"]["metric"])
    names = sorted(metrics, key=lambda name: name != first)[:_MOST_TILES]
    if not names:
        return None
    return tag(
        "dl", *(_tile(name, metrics[name], compared.get(name)) for name in names), class_="tiles"
    )


def _tile(name: str, each: Mapping[str, Any], other: Mapping[str, Any] | None) -> Markup:
    beside = interval_text(each)
    if other is not None:
        beside = f"live {number(other['champion'])}, {signed(other['difference'])}"
    return tag(
        "div",
        tag("dt", words(name)),
        tag("dd", number(each["value"]), class_="value"),
        tag("dd", beside, class_="interval"),
        class_="tile",
    )


def _passed(document: Mapping[str, Any]) -> bool:
    return all(gate["passed"] for gate in document["gates"])


def _is_open(verdict: Mapping[str, Any]) -> bool:
    return verdict["outcome"] in ("undecided", "incomparable", "better")


def _next(verdict: Mapping[str, Any]) -> str:
    live = str(verdict["champion"])
    place = "is what decides" if live == "none" else f"takes the place of {live}"
    asked = "" if verdict["recommended"] else " That needs a written justification."
    return f"Approved, it {place} in the stage that it is approved for.{asked}"
