"""What a click does, and what a second one does."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from penstock.approval.port import Person

CAT = Person("cat")


def candidate_after_live(house: Any, group: str, outcome: str = "better") -> int:
    first = house.register(group)
    house.approve(group, first)
    return int(house.register(group, outcome, champion=f"{group}/{first}"))


def approve(client: Any, house: Any, group: str, version: int, **form: str) -> Any:
    stage = form.pop("stage", "local")
    form.setdefault("evidence", house.evidence(group, version))
    return client.send(f"/models/{group}/{version}/{stage}/approve", **form)


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())


def test_an_approval_makes_the_version_live_and_says_so(
    client: Any, house: Any, group: str
) -> None:
    version = candidate_after_live(house, group)
    page = text_of(client.get(f"/models/{group}/{version}/local"))
    assert (
        f"Approving makes {group}/2 live at local; {group}/1 stops being used from the next run. "
        f"A rollback brings {group}/1 back."
    ) in page
    answer = approve(client, house, group, version, comment="Looks right.\r\nShip it.")
    entry = house.approvals.history(group)[-1]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/decisions/{entry.sequence}")
    assert (entry.action, entry.version, entry.actor.name) == ("approve", version, "ben")
    assert entry.comment == "Looks right.\nShip it."
    assert house.approvals.verified(group, "local").version == version
    told = text_of(client.get(answer.headers["location"]))
    assert f"{group}/2 is approved for local {group}/2 is live at local from now on." in told
    assert f"Live of {group} at local now: {group}/2" in told


def test_a_second_click_ends_where_the_first_did(client: Any, house: Any, group: str) -> None:
    version = candidate_after_live(house, group)
    first = approve(client, house, group, version, comment="yes")
    again = approve(client, house, group, version, comment="yes")
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert len(house.approvals.history(group)) == 2
    page = client.get(first.headers["location"])
    assert page.text == client.get(first.headers["location"]).text


def test_somebody_elses_approval_is_not_taken_for_a_second_click(
    client: Any, consoles: Any, house: Any, group: str
) -> None:
    version = candidate_after_live(house, group)
    assert approve(client, house, group, version).status_code == 303
    late = approve(consoles.client(person=CAT), house, group, version)
    assert late.status_code == 409
    assert f"{group}/2 is live at local already." in late.text


def test_an_approval_names_the_evidence_that_was_shown(client: Any, house: Any, group: str) -> None:
    version = candidate_after_live(house, group)
    answer = approve(client, house, group, version, evidence=f"sha256:{'0' * 64}")
    assert answer.status_code == 409
    assert "Look at the evidence that is there, and decide again." in answer.text
    assert house.live(group) == 1
    page = client.get(f"/models/{group}/{version}/local")
    assert f'name="evidence" value="{house.evidence(group, version)}"' in page.text


def test_what_is_not_recommended_asks_for_a_justification(
    client: Any, house: Any, group: str
) -> None:
    version = candidate_after_live(house, group, "undecided")
    page = client.get(f"/models/{group}/{version}/local").text
    assert 'name="justification"' in page
    assert "not recommended" in page
    refused = approve(client, house, group, version, comment="hm")
    assert refused.status_code == 409
    assert f"approving {group}/2 needs a written justification" in refused.text
    done = approve(client, house, group, version, justification="The old one is going away.")
    assert done.status_code == 303
    assert house.live(group) == version


def test_the_first_of_two_approvals_changes_nothing_yet(
    client: Any, consoles: Any, house: Any, group: str
) -> None:
    version = house.register(group)
    house.approve(group, version)
    page = text_of(client.get(f"/models/{group}/{version}/prod"))
    assert (
        f"Approving {group}/1 is approval 1 of 2 for prod; nothing changes there before 1 other "
        "person approves it too."
    ) in page
    answer = approve(client, house, group, version, stage="prod")
    told = text_of(client.get(answer.headers["location"]))
    assert f"{group}/1 is approved once for prod" in told
    assert "Tell another approver the address of" in told
    assert house.live(group, "prod") == 0
    mine = text_of(client.get(f"/models/{group}/{version}/prod"))
    assert "You have approved it. It has 1 of 2 approvals" in mine
    assert "Approve g" not in mine
    other = consoles.client(person=CAT)
    page = text_of(other.get(f"/models/{group}/{version}/prod"))
    assert "Approved so far by Ben Birch (1 of 2)." in page
    assert f"Approving makes {group}/1 live at prod, where nothing is live yet" in page
    assert approve(other, house, group, version, stage="prod").status_code == 303
    assert house.live(group, "prod") == 1


def test_an_author_is_told_that_others_decide(consoles: Any, house: Any, group: str) -> None:
    version = house.register(group)
    house.approve(group, version)
    author = consoles.client(person=Person("ann"))
    answer = approve(author, house, group, version, stage="prod")
    assert answer.status_code == 409
    assert f"ann started the run that made {group}/1 and cannot approve it." in answer.text


def test_an_obstacle_stands_in_the_place_of_the_form(client: Any, house: Any, group: str) -> None:
    version = house.register(group)
    page = client.get(f"/models/{group}/{version}/prod")
    assert f"{group}/1 was never live at local, which comes before prod." in page.text
    assert 'action="/models/{group}/1/prod/approve"' not in page.text
    assert "Approve g" not in text_of(page)


def test_a_rejection_needs_a_reason_and_is_final(client: Any, house: Any, group: str) -> None:
    version = candidate_after_live(house, group)
    path, evidence = f"/models/{group}/{version}/local/reject", house.evidence(group, version)
    refused = client.send(path, evidence=evidence, comment=" ")
    assert refused.status_code == 409
    assert "a rejection needs a comment." in refused.text
    done = client.send(path, evidence=evidence, comment="Too slow.")
    again = client.send(path, evidence=evidence, comment="Too slow.")
    assert done.headers["location"] == again.headers["location"]
    assert "Rejecting closes" not in client.get(f"/models/{group}/{version}/local").text
    page = text_of(client.get(f"/models/{group}/{version}/local"))
    assert f"{group}/2 was rejected for local. That is final" in page
    assert house.live(group) == 1


def test_a_rollback_says_what_comes_back_and_brings_it_back(
    client: Any, house: Any, group: str
) -> None:
    version = candidate_after_live(house, group)
    house.approve(group, version)
    page = client.get("/live").text
    assert (
        f"Rolling back takes {group}/2 out of use at local and brings back {group}/1: model, "
        "segments, settings and pipeline, from the next run on."
    ) in page
    entry = str(house.approvals.history(group)[-1].sequence)
    path = f"/live/{group}/local/rollback"
    done = client.send(path, entry=entry, comment="Alarms at night.")
    assert house.live(group) == 1
    again = client.send(path, entry=entry, comment="Alarms at night.")
    assert again.headers["location"] == done.headers["location"]
    told = text_of(client.get(done.headers["location"]))
    assert f"{group} was rolled back at local" in told
    assert f"{group}/1 is live at local again" in told


def test_a_rollback_from_a_page_that_is_old_is_refused(client: Any, house: Any, group: str) -> None:
    first = candidate_after_live(house, group)
    entry = str(house.approvals.history(group)[-1].sequence)
    house.approve(group, first)
    answer = client.send(f"/live/{group}/local/rollback", entry=entry, comment="back")
    assert answer.status_code == 409
    assert "changed after the page was shown. Nothing was rolled back." in answer.text
    assert house.live(group) == 2


def test_a_comment_is_shown_as_text_everywhere(client: Any, house: Any, group: str) -> None:
    version = candidate_after_live(house, group)
    hostile = "<script>alert(1)</script><b onclick=x>\"'&amp;"
    answer = approve(client, house, group, version, comment=hostile)
    for path in (answer.headers["location"], f"/history?group={group}", "/live"):
        page = client.get(path).text
        assert "<script" not in page
        assert "<b onclick" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in client.get(answer.headers["location"]).text


def test_a_comment_with_control_characters_is_refused_with_the_rule(
    client: Any, house: Any, group: str
) -> None:
    version = candidate_after_live(house, group)
    answer = approve(client, house, group, version, comment="fine\u202eenif")
    assert answer.status_code == 409
    assert "the comment holds control characters (U+202E)." in answer.text
    answer = approve(client, house, group, version, comment="x" * 5_000)
    assert answer.status_code == 422
    assert house.live(group) == 1


def test_every_decision_is_one_line_of_json_without_the_comment(
    client: Any, house: Any, group: str, caplog: pytest.LogCaptureFixture
) -> None:
    version = candidate_after_live(house, group)
    with caplog.at_level(logging.INFO, logger="penstock.console"):
        approve(client, house, group, version, comment="between us")
        approve(client, house, group, 1, evidence="sha256:0")
    done, refused = (json.loads(record.getMessage()) for record in caplog.records)
    assert done["event"] == "decision"
    assert (done["action"], done["group"], done["version"]) == ("approve", group, 2)
    assert (done["actor"], done["standing"], done["stage"]) == ("ben", "live", "local")
    assert (refused["event"], refused["version"]) == ("refused", 1)
    assert "between us" not in caplog.text
    assert client.csrf not in caplog.text


def test_decisions_have_a_pace(consoles: Any, house: Any, group: str) -> None:
    version = house.register(group)
    console = consoles.make(limits=True)
    client = consoles.stranger(console)
    session = console.sessions.start(Person("ben"), "approver")
    client.http.cookies.set(console.settings.cookie, console.sessions.cookie(session))
    codes = [
        client.send(f"/models/{group}/{version}/local/approve", evidence="x").status_code
        for _ in range(31)
    ]
    assert codes == [409] * 30 + [429]


def test_an_entry_that_is_not_there_is_told(client: Any) -> None:
    answer = client.get("/decisions/999999")
    assert answer.status_code == 404
    assert "the ledger has no entry 999999." in answer.text


def test_an_approval_past_the_rules_is_shown_with_its_reason(
    client: Any, house: Any, group: str
) -> None:
    """As somebody does who sets the status in the registry's own page."""
    version = candidate_after_live(house, group, "worse")
    house.registry.mark(group, version, "approved", {})
    house.approvals.reconcile(group, "local", Person("someone"))
    assert house.live(group) == 1
    page = text_of(client.get(f"/models/{group}/{version}/local"))
    reason = f"approving {group}/2 needs a written justification"
    assert "It was approved past the rules, and that does not count:" in page
    assert reason in page
    entry = house.approvals.history(group)[-1]
    assert reason in text_of(client.get(f"/decisions/{entry.sequence}"))
    assert reason in text_of(client.get(f"/history?group={group}"))


def test_clicks_at_the_same_instant_are_one_decision(served: Any, house: Any, group: str) -> None:
    version = candidate_after_live(house, group)
    session = served.console.sessions.start(Person("ben"), "approver")
    cookies = {served.console.settings.cookie: served.console.sessions.cookie(session)}
    form = {"csrf": session.csrf, "evidence": house.evidence(group, version), "comment": "go"}

    def click(_: int) -> httpx.Response:
        with httpx.Client(base_url=served.address, cookies=cookies, timeout=30) as browser:
            return browser.post(
                f"/models/{group}/{version}/local/approve",
                data=form,
                headers={"origin": served.address},
            )

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(click, range(6)))
    assert {each.status_code for each in answers} == {303}
    assert len({each.headers["location"] for each in answers}) == 1
    assert [each.version for each in house.approvals.history(group)] == [1, 2]
