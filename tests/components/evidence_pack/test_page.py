import re
from copy import deepcopy
from html.parser import HTMLParser

import pytest

from components.evidence_pack.page import evidence_page
from components.pages.figures import MISSING

HOSTILE = "<script>alert('x')</script>&\"north\"<img src=x onerror=alert(1)>"
DIGEST = "sha256:" + "1f" * 32


def interval(low, high, value=None):
    return {"difference": (low + high) / 2 if value is None else value, "low": low, "high": high}


def document(**verdict):
    """Return an evidence document of a binary candidate against `fraud/3`."""
    metrics = {"average_precision": 0.633, "log_loss": 0.0241, "roc_auc": 0.861}
    compared = {
        "average_precision": {"champion": 0.612, **interval(0.008, 0.034)},
        "log_loss": {"champion": 0.0261, **interval(-0.003, -0.001)},
        "roc_auc": {"champion": 0.858, **interval(-0.002, 0.008)},
    }
    return {
        "candidate": {
            "group": "fraud", "use_case": "fraud@sha256:ab", "execution": "training-7",
            "started_by": "ada", "reason": "monthly", "description": "Card fraud", "task": "binary",
        },
        "verdict": {
            "champion": "fraud/3", "metric": "average_precision", "rule": "better",
            "margin": 0.005, "confidence": 0.95, "rows": 58264, "outcome": "better",
            **interval(0.008, 0.034), "metrics": compared, "recommended": True,
            "sentence": "Better than fraud/3: average precision 0.633 instead of 0.612.", **verdict,
        },
        "digests": {
            "model": {"digest": DIGEST}, "use_case": {"reference": "f", "digest": DIGEST},
            "definition": {"digest": ""}, "code": {"commit": "c0ffee", "dirty": True},
            "image": {"uri": ""}, "packages": {"digest": DIGEST},
        },
        "data": {
            "table": "transactions", "snapshot_from": None, "snapshot_to": "87",
            "time_from": None, "time_to": None, "digest": DIGEST, "rows_read": 1_754_155,
            "splits": {"train": {"rows": 12, "first_day": "2026-05-01", "last_day": "2026-05-02"}},
            "quarantine": {"rows": 412, "reasons": {"amount below 0": 412}},
            "pii": {"seen": ["name", "card"], "dropped": ["name"], "kept_as_key": ["card"]},
        },
        "metrics": {
            name: {"value": value, "low": value - 0.01, "high": value + 0.01}
            for name, value in metrics.items()
        },
        "baseline": {"roc_auc": 0.5},
        "gates": [
            {"metric": "roc_auc", "bound": "minimum", "limit": 0.8, "of_baseline": False,
             "value": 0.861, "passed": True},
        ],
        "gates_verdict": "the one gate passed",
        "segments": [{"name": "north", "rows": 30, "mean_target": 0.1, "metrics": {"roc_auc": 1}}],
        "assembly": None,
        "slices": [
            {"name": "new customers", "rows": 2340, "reason": "",
             "metrics": {"average_precision": {"value": 0.5, "low": 0.4, "high": 0.6}},
             "differences": {"average_precision": interval(-0.04, -0.01)}},
            {"name": "Luxembourg", "rows": 12, "reason": "fewer than 30 rows", "metrics": {},
             "differences": {}},
        ],
        "calibration": [
            {"rows": 100, "predicted": 0.01, "observed": 0.02},
            {"rows": 100, "predicted": 0.2, "observed": 0.21},
        ],
        "drift": {
            "features": {"amount": {"psi": 0.31, "distance": 0.2, "level": "shifted",
                                    "rows_before": 90, "rows": 100}},
            "scores": {"psi": 0.0, "distance": 0.0, "level": "stable", "rows_before": 9, "rows": 9},
            "not_compared": ["hour"], "reason": "",
        },
    }  # fmt: skip


def first():
    return document(
        champion="none", outcome="first", difference=None, low=None, high=None, metrics={},
        sentence="The first: no model is live to compare it with.",
    )  # fmt: skip


class Reader(HTMLParser):
    """What a reader without a screen gets: headings, tables with captions, text."""

    VOID = frozenset({"meta", "line", "rect", "circle", "polyline", "path", "br"})

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.spoken = [], [], [], []
        self.within = {}
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.spoken.append(data)
            self.within.setdefault(self.open[-1] if self.open else "", []).append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.spoken)).replace(MISSING, "-")


def read(found):
    return Reader(evidence_page(found))


def test_the_verdict_stands_first_and_the_digests_last():
    page = read(document())
    assert page.within["h1"] == ["fraud: a candidate against fraud/3"]
    assert page.within["h2"] == [
        "How sure is that?", "Gates", "Metrics", "Segments", "Slices", "Calibration", "Drift",
        "Data", "Personal data", "Where it comes from",
    ]  # fmt: skip
    assert page.text.index("Recommended") < page.text.index("How sure is that?")
    assert (
        "Recommended Better than fraud/3: average precision 0.633 instead of 0.612. The one gate "
        "passed. Approved, it takes the place of fraud/3 in the stage that it is approved for."
    ) in page.text


@pytest.mark.parametrize(
    ("verdict", "look"),
    [
        ({}, "good"),
        ({"recommended": False, "outcome": "undecided"}, "open"),
        ({"recommended": False, "outcome": "worse"}, "bad"),
    ],
)
def test_the_look_of_the_verdict_follows_the_advice(verdict, look):
    assert ("div", "class", f"verdict {look}") in read(document(**verdict)).attributes


def test_a_candidate_that_is_not_recommended_asks_for_a_justification():
    text = read(document(recommended=False, outcome="worse")).text
    assert "Not recommended" in text
    assert "That needs a written justification." in text
    assert "justification" not in read(document()).text


def test_a_failed_gate_is_bad_whatever_the_comparison_says():
    found = document(recommended=False)
    found["gates"][0]["passed"] = False
    assert ("div", "class", "verdict bad") in read(found).attributes


def test_the_picture_says_in_words_what_it_shows():
    images = [value for tag, name, value in read(document()).attributes if name == "aria-label"]
    assert images[0] == (
        "Difference of average precision to the live model: +0.021, interval from +0.008 to "
        "+0.034; right is better; the margin is 0.005."
    )


def test_a_fall_of_a_loss_is_drawn_to_the_right_and_called_an_improvement():
    found = document(metric="log_loss", **interval(-0.003, -0.001), margin=0.0)
    page = read(found)
    assert "A fall of log loss is an improvement" in page.text
    assert "lies right of no difference" in page.text
    dot = re.search(r'<circle cx="([\d.]+)"', evidence_page(found))
    assert float(dot[1]) > 170


def test_the_first_model_is_compared_with_nothing_and_says_so():
    found = first()
    found["drift"] = {"features": {}, "scores": None, "not_compared": [],
                      "reason": "there is nothing to compare with"}  # fmt: skip
    page = read(found)
    assert page.within["h1"] == ["fraud: a candidate"]
    assert "How sure is that?" not in page.within["h2"]
    assert "Not compared: there is nothing to compare with." in page.text
    assert " live 0" not in page.text


def test_every_metric_stands_beside_the_live_models_with_its_direction():
    text = read(document()).text
    assert "average precision decides better 0.633 0.612 +0.021 0.008 to 0.034" in text
    assert "log loss ↓ better 0.024 0.026 -0.002 -0.003 to -0.001" in text
    assert "ROC AUC undecided 0.861 0.858 +0.003 -0.002 to 0.008 0.500" in text


def test_slices_say_worse_or_why_there_are_no_figures():
    text = read(document()).text
    assert "new customers worse 2,340 0.500 0.400 to 0.600 -0.025 -0.040 to -0.010" in text
    assert "Luxembourg fewer than 30 rows 12 - - - -" in text


def test_drift_personal_data_and_code_are_told_in_words():
    text = read(document()).text
    assert "1 shifted, 0 moved, 0 stable" in text
    assert "amount shifted 0.310 0.200 90 100" in text
    assert "Not in the live model's profile: hour." in text
    assert "seen in the source name, card dropped name kept as a key card" in text
    assert "c0ffee with changes that are not committed" in text
    assert "412 (amount below 0: 412)" in text


def test_a_use_case_without_personal_data_says_so():
    found = document()
    found["data"]["pii"] = {"seen": [], "dropped": [], "kept_as_key": []}
    assert "The use case marks no column as personal data." in read(found).text


def test_segments_with_models_of_their_own_say_what_serves_them_and_why():
    found = document()
    found["segments"] = [
        {"name": name, "rows": 50, "metrics": {"average_precision": 0.4},
         "comparison": {"outcome": outcome, **interval(low, low + 0.02)}}
        for name, outcome, low in (("north", "better", 0.01), ("south", "worse", -0.03))
    ] + [{"name": "west", "rows": 2, "metrics": {}, "comparison": None}]  # fmt: skip
    found["assembly"] = {
        "served_by": {"own": 1, "previous": 1, "pooled": 1, "none": 0},
        "segments": {
            "north": {"served_by": "own", "reason": ""},
            "south": {"served_by": "previous", "reason": "Worse than fraud/3"},
            "west": {"served_by": "pooled", "reason": "too few rows"},
        },
    }
    text = read(found).text
    assert "1 get a new model, 1 keep theirs, 1 are served by the pooled model, 0 by none" in text
    assert "north its new model better - 50 0.400 +0.020 0.010 to 0.030" in text
    assert "south keeps its model worse Worse than fraud/3 50 0.400 -0.020" in text
    assert "west the pooled model - too few rows 2 - - -" in text


def test_long_lists_are_cut_and_the_rest_is_counted():
    found = document()
    one = found["segments"][0]
    found["segments"] = [{**one, "name": f"s{index}"} for index in range(45)]
    shift = found["drift"]["features"]["amount"]
    found["drift"]["features"] = {f"f{index}": shift for index in range(1042)}
    text = read(found).text
    assert "5 more segments in evidence.json." in text
    assert "1,002 more features in evidence.json." in text


def hostile(value):
    """Return the same document with every text in it, names of columns too, made hostile."""
    if isinstance(value, dict):
        return {key: hostile(each) for key, each in value.items()}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


def test_markup_in_any_text_is_shown_as_text():
    found = hostile(document())
    found["drift"]["features"] = {HOSTILE: found["drift"]["features"]["amount"]}
    found["data"]["splits"] = {HOSTILE: {"rows": 1}}
    found["data"]["quarantine"]["reasons"] = {HOSTILE: 1}
    page = read(found)
    assert not {"script", "img"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert page.within["h1"] == [f"{HOSTILE}: a candidate against {HOSTILE}"]
    assert HOSTILE in page.within["th"]


def test_the_page_needs_nothing_but_itself():
    page = evidence_page(document())
    assert not re.search(r"https?:|url\(|@import|<link|<script|src=", page)
    assert "prefers-color-scheme:dark" in page
    assert 'name="viewport"' in page


def test_a_screen_reader_gets_language_captions_headings_in_order_and_names_of_pictures():
    page = read(document())
    assert ("html", "lang", "en") in page.attributes
    assert page.tags.count("table") == page.tags.count("caption") > 4
    assert [tag for tag in page.tags if tag in ("h1", "h2", "h3")][:2] == ["h1", "h2"]
    assert page.tags.count("h1") == 1
    labelled = [name for tag, name, _ in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(labelled) == page.tags.count("svg") == 2
    assert page.tags.count("th") == len(
        [1 for tag, name, _ in page.attributes if (tag, name) == ("th", "scope")]
    )


def test_the_same_document_gives_the_same_page_and_is_left_as_it_was():
    found = document()
    before = deepcopy(found)
    assert evidence_page(found) == evidence_page(document())
    assert found == before


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_has_a_fault_of_accessibility_or_is_wider_than_a_phone(
    tmp_path, browser, scheme, width
):
    from axe_core_python.sync_playwright import Axe

    pages = (document(), document(recommended=False, outcome="undecided"), first())
    size = {"width": width, "height": 800}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        for index, each in enumerate(pages):
            file = tmp_path / f"{index}.html"
            file.write_text(evidence_page(each), encoding="utf-8")
            page.goto(file.as_uri())
            assert [fault["id"] for fault in Axe().run(page)["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
