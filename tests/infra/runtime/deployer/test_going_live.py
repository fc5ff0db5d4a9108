"""Production: a model decides once trial and gates are passed, and never an older one after it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openings import LIVE, opening, pass_trial
from workload import (
    APPROVER,
    AUTHOR,
    CONTEXT,
    OPENER,
    PIPELINE,
    Workload,
    definition,
    delivered,
    moment,
)

from infra.runtime import statements
from infra.runtime.canonical import canonical_json, sha256
from infra.runtime.deployer.handler import handle

NOTHING_LEFT = {"batchItemFailures": []}


def candidate(prod: Workload, note: str = "1", hours: float = 0) -> str:
    """Return a version that is approved and has passed its trial."""
    arn = prod.register(note)
    prod.decide(arn, hours=hours)
    pass_trial(prod, arn, hours, note=note)
    return arn


def require_refused(prod: Workload, arn: str, reason: str) -> None:
    reason = prod.named(reason)
    found = prod.promotion(arn)
    assert (found.get("state"), found.get("reason"), found["told"]) == ("refused", reason, "yes")
    assert prod.notices() == [
        (
            "Penstock prod: fraud/1 refused",
            f"The promotion of fraud/1 in prod was refused: {reason}\n\n"
            f"Model package: {arn}\nApproved at: {moment()}\n",
        )
    ]
    assert set(prod.items()) == {(f"promotion#{arn}", moment())}
    assert prod.state()["ledger"] == {}


def test_a_model_goes_live_and_the_ledger_says_so(prod: Workload) -> None:
    arn = candidate(prod)
    statement = prod.statement("1")[0]
    assert handle(delivered(opening(prod, arn)), CONTEXT) == NOTHING_LEFT
    below = statements.folder(prod.central, "fraud", statement.files_digest)
    live = {
        "package": arn,
        "group": "fraud",
        "version": "1",
        "approved_at": moment(),
        "model": f"{below}/model/",
        "model_digest": statement.model_digest,
        "statement": statement.digest,
        "release": prod.release,
        "body": sha256(definition().encode()),
        "author": AUTHOR,
        "approved_by": APPROVER,
        "trial": "arn:of:the:trial",
        "opened_by": OPENER,
        "opened_at": "2026-11-21T10:00:00Z",
        "delivery": "d-2",
    }
    shown = {name: prod.named(value) for name, value in live.items()}
    assert prod.items()[LIVE] == shown
    assert prod.items()[f"history#{PIPELINE}", moment()] == shown
    assert prod.promotion(arn) == {**shown, "state": "live", "reason": "", "told": "yes"}
    kept = prod.read(f"live/fraud/{moment()}.json", f"{prod.name}-ledger")
    assert kept == canonical_json({**live, "pipeline": PIPELINE})
    assert prod.executions() == []
    assert prod.notices() == []


def test_an_opening_told_again_changes_nothing(prod: Workload) -> None:
    arn = candidate(prod)
    handle(delivered(opening(prod, arn)), CONTEXT)
    before = prod.state()
    # What happens to the model later is no matter of this opening.
    prod.decide(arn, "Rejected", hours=9)
    assert handle(delivered(opening(prod, arn), opening(prod, arn)), CONTEXT) == NOTHING_LEFT
    assert prod.state() == before


def test_openings_at_once_end_in_one_history(prod: Workload) -> None:
    first, second = candidate(prod, "1"), candidate(prod, "2", hours=2)
    events = [delivered(opening(prod, first)), delivered(opening(prod, second, hours=2))] * 2
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda event: handle(event, CONTEXT), events))
    for event in events:
        assert handle(event, CONTEXT) == NOTHING_LEFT
    assert prod.items()[LIVE]["package"] == second


def test_an_older_approval_never_follows_a_newer_one(prod: Workload) -> None:
    first, second = candidate(prod, "1"), candidate(prod, "2", hours=2)
    handle(delivered(opening(prod, second, hours=2)), CONTEXT)
    before = prod.items()[LIVE]
    handle(delivered(opening(prod, first)), CONTEXT)
    assert prod.items()[LIVE] == before
    assert prod.promotion(first)["state"] == "superseded"
    assert prod.promotion(first)["reason"] == "a newer approval took its place."
    assert list(prod.state()["ledger"]) == [f"live/fraud/{moment(2)}.json"]
    assert prod.notices() == []


def test_a_rollback_is_a_newer_approval_of_the_older_version(prod: Workload) -> None:
    first, second = candidate(prod, "1"), candidate(prod, "2", hours=2)
    handle(delivered(opening(prod, first)), CONTEXT)
    handle(delivered(opening(prod, second, hours=2)), CONTEXT)
    prod.decide(first, hours=4)
    pass_trial(prod, first, 4)
    handle(delivered(opening(prod, first, hours=4)), CONTEXT)
    assert prod.items()[LIVE]["package"] == first
    history = [sk for pk, sk in sorted(prod.items()) if pk == f"history#{PIPELINE}"]
    assert history == [moment(0), moment(2), moment(4)]


def test_without_a_trial_nothing_goes_live(prod: Workload) -> None:
    arn = prod.register()
    prod.decide(arn)
    for _ in range(2):
        handle(delivered(opening(prod, arn)), CONTEXT)
        require_refused(
            prod,
            arn,
            f"{prod.releases}/promoted/fraud/1/{moment()}/pre-prod.json: there is no record that "
            "its trial before production succeeded. Approve the version again, so that it is "
            "tried.",
        )


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (
            {"package": "another", "approved_at": "earlier"},
            "its package is another, not {arn}. its approved_at is earlier, not {at}.",
        ),
        ({"statement": "another"}, "its statement is another, not {statement}."),
        ({"body": "another"}, "its body is another, not {body}."),
    ],
)
def test_the_trial_of_something_else_opens_nothing(
    prod: Workload, changes: dict[str, str], problems: str
) -> None:
    arn = prod.register()
    prod.decide(arn)
    pass_trial(prod, arn, **changes)
    handle(delivered(opening(prod, arn)), CONTEXT)
    told = problems.format(
        arn=arn,
        at=moment(),
        statement=prod.statement("1")[0].digest,
        body=sha256(definition().encode()),
    )
    require_refused(
        prod,
        arn,
        f"{prod.releases}/promoted/fraud/1/{moment()}/pre-prod.json: this is the record of another "
        f"trial: {told} See in the bucket's history who wrote it.",
    )


@pytest.mark.parametrize("content", [b"", b"[]", b"{"])
def test_a_record_that_is_none_opens_nothing(prod: Workload, content: bytes) -> None:
    arn = candidate(prod)
    prod.put(f"releases/promoted/fraud/1/{moment()}/pre-prod.json", content)
    handle(delivered(opening(prod, arn)), CONTEXT)
    assert prod.promotion(arn)["state"] == "refused"
    assert (
        "this is the record of another trial: its package is missing"
        in (prod.promotion(arn)["reason"])
    )


def test_an_author_cannot_open_production(prod: Workload) -> None:
    arn = candidate(prod)
    author = "arn:aws:sts::444444444444:assumed-role/penstock-opener/ada"
    handle(delivered(opening(prod, arn, by=author)), CONTEXT)
    require_refused(
        prod,
        arn,
        f"{arn}: {author} opened production, and {AUTHOR} is its author. Let somebody else open "
        "it.",
    )


def test_an_opening_of_another_release_is_refused(prod: Workload) -> None:
    arn = candidate(prod)
    event: Any = opening(prod, arn)
    event["detail"]["release"] = "ab" * 32
    handle(delivered(event), CONTEXT)
    require_refused(
        prod,
        arn,
        f"{arn}: the message is about the release {'ab' * 32}; the model is of {prod.release}. "
        "Open its own release.",
    )


def test_what_was_tampered_with_after_its_trial_does_not_go_live(prod: Workload) -> None:
    arn = candidate(prod)
    statement = prod.statement("1")[0]
    below = statements.folder(prod.central, "fraud", statement.files_digest)
    prod.put(f"{below}/model/model.skops".removeprefix(f"{prod.central}/"), b"other bytes")
    handle(delivered(opening(prod, arn)), CONTEXT)
    require_refused(
        prod,
        arn,
        f"{below}: model/model.skops holds other bytes: their SHA-256 is {sha256(b'other bytes')}. "
        "See in the bucket's history who wrote it, and register the model again.",
    )


def test_what_was_rejected_after_its_trial_does_not_go_live(prod: Workload) -> None:
    arn = candidate(prod)
    prod.decide(arn, "Rejected", hours=1)
    handle(delivered(opening(prod, arn)), CONTEXT)
    require_refused(prod, arn, f"{arn}: its status is Rejected, not Approved.")


def test_what_was_changed_after_its_trial_does_not_go_live(prod: Workload) -> None:
    arn = candidate(prod)
    prod.decide(arn, hours=1)
    handle(delivered(opening(prod, arn)), CONTEXT)
    require_refused(
        prod,
        arn,
        f"{arn}: it was changed at {moment(1)}, after the approval of {moment()}. If it is to go "
        "on, approve it again.",
    )


def test_production_waits_for_its_pipeline(prod: Workload) -> None:
    arn = candidate(prod)
    prod.client("sagemaker").delete_pipeline(PipelineName=PIPELINE)
    answer = handle(delivered(opening(prod, arn)), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert prod.items() == {}
    prod.deploy(definition())
    handle(delivered(opening(prod, arn)), CONTEXT)
    assert prod.items()[LIVE]["package"] == arn


def test_the_ledger_keeps_what_somebody_else_wrote_and_people_are_told(prod: Workload) -> None:
    arn = candidate(prod)
    key = f"live/fraud/{moment()}.json"
    prod.client("s3").put_object(Bucket=f"{prod.name}-ledger", Key=key, Body=json.dumps({}))
    handle(delivered(opening(prod, arn)), CONTEXT)
    assert [text for _, text in prod.notices()] == [
        f"The message message-1 was refused in prod: s3://WORLD-ledger/{key}: the object is there "
        "already and holds other bytes. See who wrote it.\n"
    ]
