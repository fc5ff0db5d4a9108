"""Publishing a day: every sink, the summary, and the page that people read."""

import json
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.decisions.trend import DayCount, count_days, trend
from components.publish import publish
from penstock.contract import outputs_in
from penstock.data.sinks import Publication, open_sink
from penstock.errors import PenstockError, RequestError, ServiceError

DAY = date(2026, 5, 16)


class Page(HTMLParser):
    """The texts of a page and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.loaded += [
            f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "action")
        ]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def published(tmp_path, rows, sinks=None, **named):
    with outputs_in(tmp_path / f"out-{len(list(tmp_path.iterdir()))}"):
        done = publish(
            str(tmp_path / "machines"),
            rows,
            day=str(DAY),
            run=f"machines/{DAY}",
            sinks=sinks or [str(tmp_path / "sink")],
            model_version="machines/4",
            **named,
        )
    return done, Path(done.page.path).read_text()


def test_every_sink_holds_the_rows_and_the_summary_says_where(
    make_use_case, write_predictions, tmp_path
):
    make_use_case()
    sinks = [str(tmp_path / "one"), str(tmp_path / "two")]
    done, _ = published(tmp_path, write_predictions([0.9, 0.1, 0.2]), sinks)
    for sink in sinks:
        held = open_sink(sink).read()
        assert held["machine"].to_pylist() == ["m0", "m1", "m2"]
        assert set(held["run_id"].to_pylist()) == {f"machines/{DAY}"}
    assert done.rows == 3
    assert json.loads(Path(done.summary.path).read_text()) == {
        "format": "penstock.decisions/1",
        "use_case": "machines",
        "day": "2026-05-16",
        "run": "machines/2026-05-16",
        "model_version": "machines/4",
        "rows": 3,
        "decisions": {"wait": 2, "visit": 1},
        "groups": {"north": {"rows": 2, "acting": 1}, "south": {"rows": 1, "acting": 0}},
        "stale": 0,
        "models": {"own": 3},
        "withheld": ["owner"],
        "unscored": 0,
        "places": sinks,
    }


def test_personal_data_are_neither_published_nor_shown(make_use_case, write_predictions, tmp_path):
    make_use_case()
    _, page = published(tmp_path, write_predictions([0.9, 0.1]))
    assert "owner" not in open_sink(str(tmp_path / "sink")).read().column_names
    assert "person 0" not in page
    assert "Personal data, neither shown nor published: owner." in page


def test_a_key_of_personal_data_is_published_and_said(make_use_case, write_predictions, tmp_path):
    use_case = make_use_case()
    settings = tmp_path / "machines" / "use_case.yaml"
    settings.write_text(settings.read_text().replace("key: [machine]", "key: [owner]"))
    _, page = published(tmp_path, write_predictions([0.9]))
    assert open_sink(str(tmp_path / "sink")).read()["owner"].to_pylist() == ["person 0"]
    assert "Personal data, but the key of a decision: owner." in page
    assert use_case.pii_columns == ("owner",)


def test_the_page_says_what_to_do_and_what_to_beware_of(make_use_case, write_predictions, tmp_path):
    make_use_case()
    rows = write_predictions(
        [0.9, 0.1, 0.2, None, 0.6],
        kind=["plate", "new", "new", "press", "plate"],
        model=["own", "pooled", "pooled", "none", "previous"],
        data_age_hours=[0.5, 30.0, None, 1.0, 100.0],
    )
    _, page = published(tmp_path, rows)
    text = Page(page).text
    assert "Machines: decisions for 2026-05-16" in text
    assert (
        "Visit: 2 of 5. 1 without a decision: no model serves them. 3 decided on stale data, with "
        "nothing newer than 24 hours: look at them yourself. No model of their own, decided by the "
        "one for all: new (2). Decided by the model of a previous version: plate (1)."
    ) in text
    assert "All 5 decisions, the highest scores first. Click a heading to sort." in text
    assert "By kitchen kitchen visit decisions north 2 3 south 0 2" in text.replace(
        "By kitchen By kitchen", "By kitchen"
    )
    assert "90.0 % m0 plate north own 30 min heat = 0 (\N{MINUS SIGN}0.50)" in text
    for warning in ("30 h, stale", "no data", "4 days, stale", "pooled", "previous", "no decision"):
        assert (
            f'class="choice warn">{warning}<' in page or f'class="choice none">{warning}<' in page
        )


def test_a_day_without_anything_to_do_says_so(make_use_case, write_predictions, tmp_path):
    make_use_case()
    _, page = published(tmp_path, write_predictions([0.1, 0.2]))
    assert '<div class="verdict good" role="status">Visit: none of 2.</div>' in page
    assert "Show only" not in page


def test_the_page_loads_nothing_and_escapes_everything(make_use_case, write_predictions, tmp_path):
    make_use_case()
    evil = '"><script>alert(1)</script>'
    rows = write_predictions([0.9, 0.2], machine=[evil, "b"], kitchen=[evil, evil], kind=[evil] * 2)
    _, page = published(tmp_path, rows)
    found = Page(page)
    assert found.loaded == []
    assert found.open.count("script") == 1
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "default-src &#x27;none&#x27;" in page


def test_many_rows_are_counted_and_the_strongest_shown(make_use_case, write_predictions, tmp_path):
    make_use_case()
    rows = write_predictions([index / 12_000 for index in range(12_000)])
    _, page = published(tmp_path, rows)
    assert (
        "The 1,000 highest scores of 12,000 decisions; the other 11,000 are in "
        f"{tmp_path / 'sink'}."
    ) in page
    assert page.count("<tr") == 1_000 + 1 + 3
    assert len(page.encode()) < 1_000_000
    assert "m11999<" in page
    assert "m10999<" not in page


@pytest.mark.parametrize(
    ("task", "headline"), [("multiclass", "visit: 1, wait: 1."), ("regression", "2 predictions.")]
)
def test_other_tasks_have_a_page_as_well(
    make_use_case, write_predictions, tmp_path, task, headline
):
    make_use_case(task)
    _, page = published(tmp_path, write_predictions([0.9, 0.1]))
    assert headline in Page(page).text


def test_a_repeated_day_replaces_itself_and_the_trend_shows_the_days_before(
    make_use_case, write_predictions, tmp_path
):
    make_use_case()
    rows = write_predictions([0.9, 0.8, 0.1])
    for back in (2, 1):
        day = DAY - timedelta(days=back)
        sink = open_sink(str(tmp_path / "sink"))
        sink.publish(Publication(Path(rows.path), f"machines/{day}", day))
    published(tmp_path, rows)
    _, page = published(tmp_path, rows)
    assert open_sink(str(tmp_path / "sink")).read().num_rows == 9
    assert "visit per day, 2026-05-14 to 2026-05-16: between 2 and 2." in page
    assert "2026-05-15: 2 of 3 visit" in page


class Broken:
    """A sink whose store is down, or whose past cannot be read."""

    def __init__(self, sink=None):
        self.sink = sink

    def publish(self, publication):
        if self.sink is None:
            raise ServiceError("db: the database is down. Start it.")
        return self.sink.publish(publication)

    def read(self, **days):
        raise ServiceError("db: the database is slow. Wait.")


def test_one_sink_that_fails_names_those_that_are_done_and_a_repeat_is_safe(
    make_use_case, write_predictions, tmp_path, monkeypatch
):
    from components.decisions import publishing

    make_use_case()
    rows, good = write_predictions([0.9, 0.1]), str(tmp_path / "good")
    with monkeypatch.context() as patched:
        patched.setattr(
            publishing, "open_sink", lambda uri: open_sink(uri) if uri == good else Broken()
        )
        with pytest.raises(PenstockError) as raised:
            published(tmp_path, rows, ["sqlite:///bad.db#t", good])
    assert type(raised.value) is ServiceError
    assert str(raised.value).splitlines() == [
        "db: the database is down. Start it.",
        f"these sinks hold the new rows of machines/2026-05-16: {good}. "
        "Run the day again once the others are mended.",
    ]
    published(tmp_path, rows, [good, str(tmp_path / "other")])
    assert open_sink(good).read().num_rows == 2


def test_days_before_that_cannot_be_read_cost_the_picture_alone(
    make_use_case, write_predictions, tmp_path, monkeypatch
):
    from components.decisions import publishing

    make_use_case()
    monkeypatch.setattr(publishing, "open_sink", lambda uri: Broken(open_sink(uri)))
    done, page = published(tmp_path, write_predictions([0.9, 0.1]))
    assert done.rows == 2
    assert "They could not be read: db: the database is slow. Wait." in page


def test_no_sink_is_refused(make_use_case, write_predictions, tmp_path):
    make_use_case()
    rows = write_predictions([0.9])
    with outputs_in(tmp_path / "out"), pytest.raises(RequestError) as raised:
        publish(str(tmp_path / "machines"), rows, day=str(DAY), run="r", sinks=[])
    assert str(raised.value) == "no sink is named. Set inference.sinks, or give `sinks`."


def test_days_without_a_run_are_counted_as_such():
    days = pa.array([DAY - timedelta(days=3)] * 2 + [DAY] * 3)
    table = pa.table({"decision_day": days, "decision": ["visit", None, "wait", "visit", "visit"]})
    assert count_days(table, DAY, "visit") == [
        DayCount(DAY - timedelta(days=3), 2, 1),
        DayCount(DAY - timedelta(days=2), 0, 0),
        DayCount(DAY - timedelta(days=1), 0, 0),
        DayCount(DAY, 3, 2),
    ]
    assert count_days(pa.table({}), DAY, "visit") == []


def test_one_day_is_no_trend():
    assert trend([DayCount(DAY, 3, 1)], "visit") is None


def test_predictions_stay_as_they_are(make_use_case, write_predictions, tmp_path):
    make_use_case()
    rows = write_predictions([0.9, 0.1])
    before = pq.read_table(rows.path)
    published(tmp_path, rows)
    assert pq.read_table(rows.path).equals(before)
