"""`evidence.html`: what an approver reads, the verdict first, on one page without script."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.evidence_pack.interval import interval_picture
from components.pages.figures import MISSING, count, number, words
from components.pages.markup import Markup, join, tag
from components.pages.style import STYLE
from components.pages.tables import table

_MOST_ROWS = 40


def evidence_page(document: Mapping[str, Any]) -> str:
    """Return the page of an evidence document."""
    candidate, verdict = document["candidate"], document["verdict"]
    title = f"{candidate['group']}: a candidate" + (
        f" against {verdict['champion']}" if verdict["champion"] != "none" else ""
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    main = tag(
        "main",
        tag("h1", title),
        tag("p", candidate["description"], class_="soft"),
        _verdict(document),
        _gates(document),
        _metrics(document),
        _segments(document),
        _slices(document),
        _drift(document["drift"]),
        _calibration(document),
        _data(document),
        _origin(document),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", main), lang="en") + "\n"


def _verdict(document: Mapping[str, Any]) -> Markup:
    verdict = document["verdict"]
    advice = "Recommended" if verdict["recommended"] else "Not recommended"
    gates = str(document["gates_verdict"])
    box = tag(
        "div",
        f"{advice}. {verdict['sentence']}",
        tag("small", f"{gates[:1].upper()}{gates[1:]}."),
        class_=f"verdict {'good' if verdict['recommended'] else 'bad'}",
    )
    picture = interval_picture(verdict)
    if picture is None:
        return box
    rule = "above" if verdict["rule"] == "better" else "above minus"
    text = (
        f"Both models scored the same {count(verdict['rows'])} test rows, resampled in pairs. It "
        f"is recommended if the whole {100 * verdict['confidence']:g} % interval of the gain in "
        f"{words(verdict['metric'])} lies {rule} the margin of {verdict['margin']:g}."
    )
    return join(box, _wide("How sure is that?", text, picture))


def _gates(document: Mapping[str, Any]) -> Markup | None:
    rows = [
        (
            words(gate["metric"]),
            tag("span", "passed", class_="pass")
            if gate["passed"]
            else tag("span", "failed", class_="fail"),
            number(gate["value"]),
            f"{'≥' if gate['bound'] == 'minimum' else '≤'} {number(gate['limit'])}",
            "the constant baseline's" if gate["of_baseline"] else f"the {gate['bound']}",
        )
        for gate in document["gates"]
    ]
    if not rows:
        return None
    heads = ("metric", "result", "value", "limit", "which is")
    text = "What a model must meet to be registered."
    return _wide("Gates", text, table("Gates", heads, rows, words=2))


def _metrics(document: Mapping[str, Any]) -> Markup:
    compared = document["verdict"]["metrics"]
    rows = []
    for name, each in document["metrics"].items():
        other = compared.get(name, {})
        rows.append(
            (
                words(name),
                number(each["value"]),
                _interval(each),
                number(other.get("champion")),
                _signed(other.get("difference")),
                _interval(other),
                number(document["baseline"].get(name)),
            )
        )
    heads = ("metric", "candidate", "interval", "live", "difference", "its interval", "baseline")
    text = "On the same test rows; the baseline always gives the same answer."
    return _wide("Metrics", text, table("Metrics", heads, rows))


def _segments(document: Mapping[str, Any]) -> Markup | None:
    segments: Sequence[Mapping[str, Any]] = document["segments"]
    assembly = document["assembly"]
    if not segments:
        return None
    if assembly is None:
        shown = list(segments[0]["metrics"])
        rows = [
            (each["name"], count(each["rows"]), *(number(each["metrics"][name]) for name in shown))
            for each in segments[:_MOST_ROWS]
        ]
        return _wide(
            "Segments", "", table("Segments", ("segment", "rows", *map(words, shown)), rows)
        )
    metric = document["verdict"]["metric"]
    rows = []
    for each in segments[:_MOST_ROWS]:
        got = assembly["segments"].get(each["name"], {})
        compared = each.get("comparison") or {}
        rows.append(
            (
                each["name"],
                _SERVED.get(got.get("served_by", ""), MISSING),
                str(compared.get("outcome", MISSING)),
                count(each["rows"]),
                number(each["metrics"].get(metric)),
                _signed(compared.get("difference")),
            )
        )
    heads = ("segment", "from now on", "against live", "test rows", words(metric), "difference")
    text = "A segment's new model is taken where it passed its gates and is recommended."
    return _wide("One model per segment", text, table("Segments", heads, rows, words=3))


_SERVED = {
    "own": "its new model",
    "previous": "keeps its model",
    "pooled": "the pooled model",
    "none": "no model",
}


def _slices(document: Mapping[str, Any]) -> Markup | None:
    slices, metric = document["slices"], document["verdict"]["metric"]
    if not slices:
        return None
    rows = []
    for each in slices:
        known = each["metrics"].get(metric, {})
        other = each["differences"].get(metric, {})
        rows.append(
            (
                each["name"],
                count(each["rows"]),
                number(known.get("value")) if not each["reason"] else each["reason"],
                _interval(known),
                _signed(other.get("difference")),
                _interval(other),
            )
        )
    heads = ("slice", "rows", words(metric), "interval", "difference to live", "its interval")
    text = "Parts of the test rows that the use case names."
    return _wide("Slices", text, table("Slices", heads, rows))


def _drift(drift: Mapping[str, Any]) -> Markup:
    if drift["reason"]:
        return _wide("Drift", f"Not compared: {drift['reason']}.")
    rows = [
        (name, each["level"], number(each["psi"]), number(each["distance"]), count(each["rows"]))
        for name, each in list(drift["features"].items())[:_MOST_ROWS]
    ]
    scores = drift["scores"]
    rows.insert(
        0,
        (
            "the scores",
            scores["level"],
            number(scores["psi"]),
            number(scores["distance"]),
            count(scores["rows"]),
        ),
    )
    text = (
        "Training rows against those of the live model, and scores on either's test rows. Index: "
        "population stability, stable below 0.1, shifted from 0.25 on."
    )
    heads = ("feature", "it", "index", "distance", "rows")
    return _wide("Drift", text, table("Drift", heads, rows, words=2))


def _calibration(document: Mapping[str, Any]) -> Markup | None:
    rows = [
        (number(each["predicted"]), number(each["observed"]), count(each["rows"]))
        for each in document["calibration"]
    ]
    if not rows:
        return None
    text = "Mean predicted probability against the share of positives, in bins of equal size."
    return _wide("Calibration", text, table("Calibration", ("predicted", "observed", "rows"), rows))


def _data(document: Mapping[str, Any]) -> Markup:
    data = document["data"]
    quarantine, personal = data["quarantine"], data["pii"]
    reasons = ", ".join(f"{reason}: {rows}" for reason, rows in quarantine["reasons"].items())
    rows = [
        ("table", data.get("table") or MISSING),
        ("snapshots", _range(data.get("snapshot_from"), data.get("snapshot_to"))),
        ("times", _range(data.get("time_from"), data.get("time_to"))),
        ("rows read", count(int(data.get("rows_read") or 0))),
        ("digest of the rows", data.get("digest") or MISSING),
        ("quarantined", f"{count(int(quarantine['rows']))}{f' ({reasons})' if reasons else ''}"),
        ("personal data", _personal(personal)),
        *(
            (f"{name} rows", f"{count(part['rows'])}{_days(part)}")
            for name, part in data["splits"].items()
        ),
    ]
    return _wide("Data", "", table("Data", ("fact", "value"), rows, words=2))


def _origin(document: Mapping[str, Any]) -> Markup:
    candidate, digests = document["candidate"], document["digests"]
    code = digests["code"]
    commit = code["commit"] or "not known"
    rows = [
        ("started by", candidate["started_by"] or "not known"),
        ("reason", candidate["reason"] or MISSING),
        ("run", candidate["execution"] or MISSING),
        ("model", digests["model"]["digest"]),
        ("use case", candidate["use_case"]),
        ("definition", digests["definition"]["digest"] or "not known"),
        ("code", f"{commit}{', with changes that are not committed' if code['dirty'] else ''}"),
        ("image", digests["image"]["uri"] or "none: a process on this machine"),
        ("packages", digests["packages"]["digest"]),
    ]
    text = "An approval names all of this by one digest; a changed byte voids it."
    return _wide("Where it comes from", text, table("Origin", ("fact", "value"), rows, words=2))


def _personal(personal: Mapping[str, Sequence[str]]) -> str:
    if not personal["seen"]:
        return "no column is marked so"
    keys = ", ".join(personal["kept_as_key"])
    kept = f"; kept as a key: {keys}" if keys else ""
    dropped = ", ".join(personal["dropped"]) or "none"
    return f"seen {', '.join(personal['seen'])}; dropped: {dropped}{kept}"


def _days(part: Mapping[str, Any]) -> str:
    return f", {part['first_day']} to {part['last_day']}" if "first_day" in part else ""


def _range(start: object, end: object) -> str:
    if not start and not end:
        return MISSING
    return f"{start or 'the beginning'} to {end}"


def _interval(each: Mapping[str, Any]) -> str:
    if not isinstance(each.get("low"), int | float):
        return MISSING
    return f"{number(each['low'])} to {number(each['high'])}"


def _signed(value: Any) -> str:
    if not isinstance(value, int | float):
        return MISSING
    return f"{'+' if value > 0 else ''}{number(value)}"


def _wide(heading: str, text: str, *content: Markup) -> Markup:
    return tag(
        "section",
        tag("h2", heading),
        tag("p", text, class_="soft") if text else None,
        *content,
        class_="wide",
    )
