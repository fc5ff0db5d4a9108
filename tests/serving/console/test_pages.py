"""What pages show of what is there, and of what is not."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from serving.console.security.headers import EVIDENCE

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'>&amp;"


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())


def live_and_next(house: Any, group: str, outcome: str, **facts: Any) -> int:
    first = house.register(group)
    house.approve(group, first)
    return int(house.register(group, outcome, champion=f"{group}/{first}", **facts))


@pytest.mark.parametrize(
    ("outcome", "headline", "difference", "sure"),
    [
        ("better", "{g}/2 is better than {g}/1, the live model.", "+0.021", "+0.012 and +0.030"),
        (
            "worse",
            "{g}/2 is worse than {g}/1, the live model.",
            "\N{MINUS SIGN}0.019",
            "\N{MINUS SIGN}0.029 and \N{MINUS SIGN}0.008",
        ),
        (
            "undecided",
            "{g}/2 and {g}/1, the live model, cannot be told apart.",
            "+0.003",
            "\N{MINUS SIGN}0.006 and +0.013",
        ),
    ],
)
def test_the_first_screen_says_which_model_better_or_worse_by_how_much_and_how_sure(
    client: Any, house: Any, group: str, outcome: str, headline: str, difference: str, sure: str
) -> None:
    version = live_and_next(house, group, outcome)
    page = client.get(f"/models/{group}/{version}/local")
    told = text_of(page)
    assert headline.format(g=group) in told
    assert f"{difference} average precision (higher is better): 0.641 instead of 0.6" in told
    assert (f"With 95 % confidence the true difference lies between {sure}.") in told
    assert "Both models scored the same 58,264 test rows." in told
    assert "✓ all 4 passed" in told
    assert f"{group}/1 stops being used from the next run." in told
    first_screen = page.text.index('id="pictures"')
    for part in ('id="headline"', 'role="img"', 'class="gates"', 'class="consequence"'):
        assert page.text.index(part) < first_screen


def test_a_comparison_with_another_model_than_the_live_one_is_pointed_out(
    client: Any, house: Any, group: str
) -> None:
    version = live_and_next(house, group, "better")
    house.approve(group, version)
    third = house.register(group, "better", champion=f"{group}/1")
    page = text_of(client.get(f"/models/{group}/{third}/local"))
    assert f"It was compared with {group}/1, but {group}/2 is live here now." in page


def test_a_version_without_evidence_is_shown_and_cannot_be_approved(
    client: Any, house: Any, group: str
) -> None:
    version = house.register(group, evidence=False)
    page = text_of(client.get(f"/models/{group}/{version}/local"))
    assert "the version was registered without an evidence pack." in page
    assert f"Approve {group}" not in page


def test_html_and_scripts_are_shown_as_text(client: Any, house: Any, group: str) -> None:
    hostile_figures = {
        "drift": {"features": {HOSTILE: {"psi": 0.3, "level": HOSTILE}}},
        "segments": [{"name": HOSTILE, "rows": 3, "metrics": {HOSTILE: 0.5}}],
        "slices": [{"name": HOSTILE, "rows": 3, "reason": HOSTILE}],
        "metrics": {HOSTILE: {"value": 1.0}},
        "gates": [{"metric": HOSTILE, "bound": "minimum", "limit": 0, "passed": False}],
        "data": {HOSTILE: HOSTILE, "pii": {"seen": [HOSTILE]}},
    }
    version = live_and_next(
        house, group, "better", sentence=HOSTILE, author=HOSTILE, **hostile_figures
    )
    for path in (f"/models/{group}/{version}/local", f"/?group={group}"):
        page = client.get(path).text
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;document.title=" in page


def test_a_document_of_another_form_leaves_the_page_whole(
    client: Any, house: Any, group: str
) -> None:
    odd: dict[str, Any] = {
        "verdict": {"outcome": ["better"], "metric": 3, "metrics": [], "recommended": False},
        "metrics": [1, 2],
        "gates": {"a": 1},
        "segments": "none",
        "slices": [1, None],
        "calibration": {"bins": [{"predicted": "x"}]},
        "drift": [[]],
        "data": None,
    }
    version = house.register(group, **odd)
    answer = client.get(f"/models/{group}/{version}/local")
    assert answer.status_code == 200
    assert f"{group}/1 was not compared with another model." in answer.text


def test_a_pack_that_was_altered_is_not_shown(client: Any, house: Any, group: str) -> None:
    version = live_and_next(house, group, "better")
    folder = next(
        file.parent
        for file in house.folder.rglob("evidence.json")
        if "candidates" not in file.parts
        and f'"group":"{group}"' in file.read_text()
        and '"outcome":"better"' in file.read_text()
    )
    document = (folder / "evidence.json").read_bytes()
    (folder / "evidence.json").write_bytes(document.replace(b"0.0212", b"0.0912"))
    page = text_of(client.get(f"/models/{group}/{version}/local"))
    assert "The evidence cannot be shown." in page
    assert "+0.091" not in page
    assert f"Approve {group}" not in page


def test_files_of_a_pack_run_no_script_and_have_an_origin_of_their_own(
    client: Any, house: Any, group: str
) -> None:
    version = house.register(group, pages=f"<h1>x</h1>{HOSTILE}")
    base = f"/packs/{group}/{version}/local"
    for path, kind in (
        ("evidence.html", "text/html; charset=utf-8"),
        ("evidence.json", "application/json"),
        ("metrics.json", "application/json"),
    ):
        answer = client.get(f"{base}/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["content-security-policy"] == EVIDENCE
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert EVIDENCE.startswith("sandbox; default-src 'none';")
    assert "script" not in EVIDENCE
    frame = client.get(f"/models/{group}/{version}/local/report").text
    assert f'<iframe class="report" sandbox title="evidence.html of {group}/1"' in frame


@pytest.mark.parametrize(
    "path", ["../evidence.json", "..%2f..%2fledger.db", "/etc/passwd", "%2e%2e/x", "nothing.html"]
)
def test_only_files_that_the_document_names_are_sent(
    client: Any, house: Any, group: str, path: str
) -> None:
    version = house.register(group)
    assert client.get(f"/packs/{group}/{version}/local/{path}").status_code == 404


def test_the_list_shows_what_waits_and_pages_through_the_rest(
    client: Any, house: Any, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.console.pages import waiting

    monkeypatch.setattr(waiting, "PAGE_SIZE", 3)
    for _ in range(5):
        house.register(group)
    house.approve(group, 3)
    page = client.get(f"/?group={group}")
    assert re.findall(rf">({group}/\d)</a>", page.text) == [f"{group}/5", f"{group}/4"]
    assert "2 wait for a decision." in text_of(page)
    everything = client.get(f"/?group={group}&show=all")
    assert len(re.findall(rf">({group}/\d)</a>", everything.text)) == 3
    assert f"/?group={group}&amp;stage=local&amp;show=all&amp;before=3" in everything.text
    older = client.get(f"/?group={group}&show=all&before=3")
    assert re.findall(rf">({group}/\d)</a>", older.text) == [f"{group}/2", f"{group}/1"]
    assert "superseded" in older.text


def test_a_stage_that_there_is_not_lists_those_that_there_are(client: Any) -> None:
    answer = client.get("/?stage=moon")
    assert answer.status_code == 404
    assert "the rules name no stage &#39;moon&#39;." in answer.text
    assert "Use one of: local, prod." in answer.text


def test_what_was_live_at_an_instant_is_shown(client: Any, house: Any, group: str) -> None:
    version = live_and_next(house, group, "better")
    house.approve(group, version)
    first, second = house.approvals.history(group)
    between = second.at.isoformat().replace("+00:00", "")
    then = text_of(client.get("/live", params={"at": first.at.isoformat()}))
    assert f"{group} at local {group}/1 was live" in then
    now = text_of(client.get("/live", params={"at": between}))
    assert f"{group} at local {group}/2 was live" in now
    assert "Roll back" not in now
    assert client.get("/live?at=yesterday").status_code == 422


def test_verification_hashes_every_byte_and_names_the_one_that_differs(
    client: Any, house: Any, group: str
) -> None:
    version = house.register(group)
    house.approve(group, version)
    path = f"/live/{group}/local/verified"
    assert f"{group}/1 is what was approved" in client.get(path).text
    model = Path(house.approvals.live(group, "local").model_uri.removeprefix("file://"))
    content = (model / "model.ubj").read_bytes()
    (model / "model.ubj").write_bytes(bytes([content[0] ^ 1]) + content[1:])
    answer = client.get(path)
    (model / "model.ubj").write_bytes(content)
    assert answer.status_code == 409
    assert "It is not what was approved" in answer.text
    assert f"the model of {group}/1 is not the one that its evidence is about" in answer.text


def test_history_filters_and_says_that_the_chain_holds(client: Any, house: Any, group: str) -> None:
    version = live_and_next(house, group, "better")
    house.approve(group, version)
    page = client.get(f"/history?group={group}&action=approve")
    assert len(re.findall(r'<li class="card" id="entry-', page.text)) == 2
    assert "✓ The chain is whole." in text_of(page)
    assert "No entry like that yet." in client.get(f"/history?group={group}&action=reject").text


def test_a_broken_ledger_stops_every_page_and_history_says_where(
    consoles: Any, house: Any, tmp_path: Path
) -> None:
    from dataclasses import replace

    from penstock.approval.opening import open_approvals

    house.approve("broken", house.register("broken"))
    shutil.copytree(house.folder / "keys", tmp_path / "keys")
    ledger = (house.folder / "ledger.db").read_bytes()
    (tmp_path / "ledger.db").write_bytes(ledger.replace(b"approve", b"approvf", 1))
    approvals = open_approvals(
        house.registry,
        f"sqlite:///{tmp_path}/ledger.db",
        rules=house.folder / "approvals.yaml",
        keys=tmp_path / "keys",
    )
    client = consoles.client()
    console = replace(client.console, approvals=approvals)
    other = consoles.stranger(console)
    other.http.cookies.update(client.http.cookies)
    page = other.get("/history")
    assert page.status_code == 409
    assert "The ledger does not hold." in page.text
    assert "The chain is whole" not in page.text
    assert other.get("/live").status_code == 409
