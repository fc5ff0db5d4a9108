"""The first screen: better or worse than what is live, by how much, how sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.approval.port import Live, Review
from penstock.use_case.evaluation import LESS_IS_BETTER
from serving.console.views.fields import mapping, real, text
from serving.console.views.figures import confidence, count, number, signed, words
from serving.console.views.interval import Interval, interval, look


@dataclass(frozen=True, slots=True)
class Verdict:
    """The comparison with the champion in words and as a drawing.

    Attributes:
        look: `good`, `bad`, `open` or `plain`.
        word: In one or two words.
        headline: Which model is better or worse than which.
        metric: What was compared, in words; empty where nothing was.
        difference: By how much, with its sign.
        values: Both models' values.
        sure: How sure that is.
        basis: On what.
        rule: What the use case asks for, and whether that is met.
        bound: What the whole interval has to exceed, in words; empty where that is zero.
        segments: How many segments get a new model; empty with one model for all.
        sentence: The pack's own words.
        recommended: Whether the rule recommends it.
        less_is_better: Whether smaller values of the metric are better.
        drawing: Of the interval; None where there is none.
        champion: What it was compared with, such as `fraud/3`; empty: nothing.
        stale: Why the comparison does not speak of what is live now; empty where it does.
    """

    look: str
    word: str
    headline: str
    metric: str
    difference: str
    values: str
    sure: str
    basis: str
    rule: str
    bound: str
    segments: str
    sentence: str
    recommended: bool
    less_is_better: bool
    drawing: Interval | None
    champion: str
    stale: str


_WORDS = {
    "better": "Better",
    "worse": "Worse",
    "undecided": "Undecided",
    "first": "First model",
    "incomparable": "Not comparable",
}


def verdict(review: Review, document: Mapping[str, Any], live: Live | None) -> Verdict:
    """Read the comparison of an evidence document; without one, the version's properties speak."""
    said = mapping(document.get("verdict"))
    name = f"{review.group}/{review.version}"
    outcome = text(said.get("outcome"))
    champion = _champion(review, said)
    metric = text(said.get("metric"))
    difference, low, high = (real(said.get(key)) for key in ("difference", "low", "high"))
    margin = abs(real(said.get("margin")) or 0.0)
    tolerant = said.get("rule") == "not_worse"
    less = metric in LESS_IS_BETTER
    sign = -1.0 if less else 1.0
    drawing, met = None, False
    if difference is not None and low is not None and high is not None:
        ends = sorted((sign * low, sign * high))
        bound = -margin if tolerant else margin
        met = ends[0] > bound
        drawing = interval(sign * difference, ends[0], ends[1], bound)
    compared = mapping(mapping(said.get("metrics")).get(metric))
    mine = real(mapping(mapping(document.get("metrics")).get(metric)).get("value"))
    theirs = real(compared.get("champion"))
    rows = real(said.get("rows"))
    return Verdict(
        look=look(outcome),
        word=_WORDS.get(outcome, "Not compared"),
        headline=_headline(name, outcome, champion, live),
        metric=words(metric),
        difference=signed(difference),
        values=f"{number(mine)} instead of {number(theirs)}"
        if mine is not None and theirs is not None
        else number(mine)
        if mine is not None
        else "",
        sure=_sure(said, difference, low, high),
        basis=f"Both models scored the same {count(rows)} test rows." if rows and champion else "",
        rule=_rule(said, margin, met=met) if drawing else "",
        bound="" if not margin else f"{'loss allowed' if tolerant else 'margin'} {number(margin)}",
        segments=_segments(mapping(document.get("assembly"))),
        sentence=text(said.get("sentence")) or review.verdict,
        recommended=review.recommended,
        less_is_better=less,
        drawing=drawing,
        champion=champion,
        stale=_stale(name, champion, live),
    )


def _champion(review: Review, said: Mapping[str, Any]) -> str:
    found = review.properties.get("champion") or text(said.get("champion"))
    return "" if found in ("", "none") else found


def _headline(name: str, outcome: str, champion: str, live: Live | None) -> str:
    if outcome == "first" or (outcome and not champion):
        return f"{name} is the first model; there was none to compare it with."
    whom = champion
    if live is not None and champion == f"{live.group}/{live.version}":
        whom = f"{champion}, the live model"
    if outcome == "better":
        return f"{name} is better than {whom}."
    if outcome == "worse":
        return f"{name} is worse than {whom}."
    if outcome == "incomparable":
        return f"{name} cannot be compared with {whom}."
    if outcome == "undecided":
        return f"{name} and {whom}{',' if whom != champion else ''} cannot be told apart."
    return f"{name} was not compared with another model."


def _sure(
    said: Mapping[str, Any], difference: float | None, low: float | None, high: float | None
) -> str:
    if difference is None or low is None or high is None:
        return ""
    sure = confidence(real(said.get("confidence")))
    between = f"the true difference lies between {signed(low)} and {signed(high)}"
    return f"With {sure} confidence {between}."


def _rule(said: Mapping[str, Any], margin: float, *, met: bool) -> str:
    sure = f"with {confidence(real(said.get('confidence')))} confidence"
    if said.get("rule") == "not_worse":
        asked = f"not to be worse{f' by more than {number(margin)}' if margin else ''} {sure}"
    else:
        asked = f"to be better{f' by more than {number(margin)}' if margin else ''} {sure}"
    return f"The rule asks a candidate {asked}: {'met' if met else 'not met'}."


def _segments(assembly: Mapping[str, Any]) -> str:
    served = mapping(assembly.get("served_by"))
    own, kept = real(served.get("own")), real(served.get("previous"))
    if own is None or kept is None:
        return ""
    whole = len(assembly["segments"]) if isinstance(assembly.get("segments"), list | dict) else 0
    return f"{own:,.0f} of {whole:,} segments get a new model, {kept:,.0f} keep theirs."


def _stale(name: str, champion: str, live: Live | None) -> str:
    now = f"{live.group}/{live.version}" if live else ""
    if not champion or now in (champion, name):
        return ""
    return f"It was compared with {champion}, but {now or 'nothing'} is live here now."
