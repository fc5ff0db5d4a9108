"""Who may decide what, when, and what follows from it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from penstock.approval.port import Person
from penstock.approval.state import fold
from penstock.errors import ApprovalError, Problem, RequestError, ServiceError
from penstock.registry.in_memory import InMemoryRegistry

ANN, BEN, CAT = Person("ann"), Person("ben"), Person("cat")
"""Ann starts the runs."""

TWO = """
stages:
  - name: staging
    approvers: 2
    days: 7
  - name: prod
    approvers: 1
    who: [ben, dora]
    after: staging
"""


def refused(call, *arguments, **said):
    with pytest.raises(ApprovalError) as caught:
        call(*arguments, **said)
    return [str(problem) for problem in caught.value.problems]


def model_file(workshop, version):
    uri = workshop.registry.describe("fraud", version).model_uri
    return Path(urlsplit(uri).path) / "model.ubj"


def test_an_approval_brings_a_version_into_force_and_names_its_bytes(workshop):
    version = workshop.register()
    done = workshop.approve(version, BEN, comment="  Better.\r\nSafe. ")
    found = workshop.registry.describe("fraud", 1)
    assert done.standing == "live"
    assert done.sentence == "fraud/1 is live at local from now on."
    assert done.entry.comment == "Better.\nSafe."
    assert done.entry.evidence == workshop.evidence(1)
    assert done.entry.at == workshop.now
    assert done.entry.expires == workshop.now + timedelta(days=30)
    live = workshop.approvals().verified("fraud", "local")
    assert (live.group, live.version, live.stage, live.entry) == ("fraud", 1, "local", 1)
    assert live.since == workshop.now
    assert live.evidence == workshop.evidence(1)
    assert live.model_uri == found.model_uri
    assert live.model_digest == found.properties["model_digest"]
    assert live.use_case == f"fraud@sha256:{1:064x}"
    assert live.pipeline == f"sha256:{1:064x}"
    assert live.approved_by == ("ben",)
    assert live.segments == {}


def test_the_registry_is_told_of_decisions(workshop):
    for champion in ("", "fraud/1", "fraud/2"):
        workshop.register(champion=champion)
    workshop.approve(1)
    workshop.approve(2)
    workshop.approvals().reject(
        "fraud", 3, "local", BEN, evidence=workshop.evidence(3), comment="No."
    )
    shown = [workshop.registry.describe("fraud", each) for each in (1, 2, 3)]
    assert [each.status for each in shown] == ["archived", "approved", "rejected"]
    assert [each.properties["live_at"] for each in shown] == ["none", "local", "none"]
    assert [each.properties["approval_entry"] for each in shown] == ["1", "2", "3"]
    assert shown[1].properties["approved_by"] == "ben"


def test_a_registry_that_cannot_be_told_undoes_nothing_and_is_told_later(workshop, monkeypatch):
    workshop.register()
    mark = workshop.registry.mark

    def unreachable(*_):
        raise ServiceError(Problem("the registry is away.", "here", "Wait."))

    monkeypatch.setattr(workshop.registry, "mark", unreachable)
    done = workshop.approve(1)
    assert done.sentence == (
        "fraud/1 is live at local from now on. The registry could not be told, and will be by the "
        "next call: here: the registry is away. Wait."
    )
    assert workshop.live() == 1
    assert workshop.registry.describe("fraud", 1).status == "pending"
    monkeypatch.setattr(workshop.registry, "mark", mark)
    assert workshop.approvals().reconcile("fraud", "local", CAT) == []
    assert workshop.registry.describe("fraud", 1).status == "approved"


def test_an_author_cannot_approve_what_they_made(workshop):
    workshop.rules_text = "stages: [{name: local}]"
    workshop.register()
    expected = [
        "ann started the run that made fraud/1 and cannot approve it. "
        "Ask somebody else to look at it."
    ]
    for actor in (ANN, Person("issuer|ann"), Person("17", shown="Ann")):
        told = refused(workshop.approve, 1, actor)
        assert told == [expected[0].replace("ann started", f"{actor.name} started")]
    assert workshop.live() == 0
    assert workshop.approve(1, BEN).standing == "live"


def test_without_rules_an_author_may_approve_on_their_own_machine(workshop):
    workshop.register()
    assert workshop.approve(1, ANN).standing == "live"


def test_an_unknown_author_approves_nothing_where_authors_must_not(workshop):
    workshop.rules_text = "stages: [{name: local}]"
    workshop.register(author="")
    assert refused(workshop.approve, 1, BEN) == [
        "the evidence of fraud/1 does not say who started the run that made it. "
        "Train again with a pipeline that tells it."
    ]


def test_two_approvers_are_two_people_and_the_second_brings_it_into_force(workshop):
    workshop.rules_text = TWO
    workshop.register()
    first = workshop.approve(1, BEN, "staging")
    assert first.standing == "waiting"
    assert first.entry.live is None
    assert first.sentence == (
        "fraud/1 has 1 of 2 approvals at staging; this one counts until 2026-11-08 09:00 UTC. "
        "Somebody else has to approve it too."
    )
    assert workshop.live("staging") == 0
    assert refused(workshop.approve, 1, BEN, "staging") == [
        "ben has approved fraud/1 at staging already. It needs the approval of somebody else."
    ]
    second = workshop.approve(1, CAT, "staging")
    assert second.standing == "live"
    assert second.entry.facts["counted"] == [1]
    assert workshop.approvals().live("fraud", "staging").approved_by == ("ben", "cat")


def test_an_approval_that_expired_does_not_count(workshop):
    workshop.rules_text = TWO
    workshop.register()
    workshop.approve(1, BEN, "staging")
    workshop.passes(days=7)
    assert workshop.approvals().review("fraud", 1, "staging").standing == "pending"
    again = workshop.approve(1, CAT, "staging")
    assert again.standing == "waiting"
    assert workshop.approve(1, BEN, "staging").standing == "live"


def made_anew(workshop):
    """Empty the registry under the ledger; its numbers begin anew, with other bytes."""
    workshop.registry = InMemoryRegistry()
    workshop.register()


def test_an_approval_of_other_evidence_under_the_same_number_does_not_count(workshop):
    workshop.rules_text = TWO
    workshop.register()
    workshop.approve(1, BEN, "staging")
    made_anew(workshop)
    assert workshop.approvals().review("fraud", 1, "staging").standing == "pending"
    assert workshop.approvals().review("fraud", 1, "staging").approvals == []
    third = workshop.approve(1, CAT, "staging")
    assert third.standing == "waiting"
    assert third.entry.live is None
    assert workshop.live("staging") == 0
    last = workshop.approve(1, BEN, "staging")
    assert last.standing == "live"
    assert last.entry.facts["counted"] == [2]


def test_what_was_live_before_with_other_evidence_does_not_open_the_next_stage(workshop):
    workshop.rules_text = TWO
    workshop.register()
    workshop.approve(1, BEN, "staging")
    workshop.approve(1, CAT, "staging")
    made_anew(workshop)
    assert refused(workshop.approve, 1, BEN, "prod") == [
        "fraud/1 was live at staging, which comes before prod, with other evidence than this. "
        "Train again; the new version can be approved there first."
    ]
    assert workshop.live("prod") == 0


def test_what_is_live_does_not_expire(workshop):
    workshop.register()
    workshop.approve(1)
    workshop.passes(days=4000)
    assert workshop.approvals().verified("fraud", "local").version == 1


def test_only_those_who_are_named_decide_and_only_after_the_stage_before(workshop):
    workshop.rules_text = TWO
    workshop.register()
    assert refused(workshop.approve, 1, CAT, "prod") == [
        "fraud/1 was never live at staging, which comes before prod. "
        "Approve it there first: --stage staging",
        "cat is not among those who may decide at prod. Ask one of: ben, dora.",
    ]
    workshop.approve(1, BEN, "staging")
    workshop.approve(1, CAT, "staging")
    assert workshop.approve(1, BEN, "prod").standing == "live"
    assert refused(workshop.approvals().rollback, "fraud", "prod", CAT, comment="Bad.") == [
        "cat is not among those who may decide at prod. Ask one of: ben, dora.",
        "there is nothing at prod to roll fraud back to. Approve another version.",
    ]


def test_an_unknown_version_and_an_unknown_stage_are_told_at_once(workshop):
    workshop.register()
    assert refused(workshop.approvals().approve, "fraud", 7, "moon", BEN, evidence="") == [
        "there is no stage 'moon'. Use one of: local.",
        "the group 'fraud' has no version 7. It has: 1.",
    ]
    with pytest.raises(RequestError, match="there is no stage 'moon'"):
        workshop.approvals().verified("fraud", "moon")


def test_every_broken_rule_is_told_at_once_and_nothing_is_written(workshop):
    workshop.rules_text = "stages: [{name: local, who: [ben]}]"
    workshop.register(recommended=False)
    before = workshop.evidence(1)
    model_file(workshop, 1).write_bytes(b"other")
    told = refused(workshop.approve, 1, ANN, evidence="sha256:0", comment="\x1b[31m" + "x" * 2000)
    assert told[0].startswith(f"{model_file(workshop, 1).parent}: the model of fraud/1 is not the")
    assert told[1:] == [
        "ann is not among those who may decide at local. Ask one of: ben.",
        "ann started the run that made fraud/1 and cannot approve it. "
        "Ask somebody else to look at it.",
        f"the decision is about sha256:0, but the evidence of fraud/1 is {before}. "
        "Look at the evidence that is there, and decide again.",
        "approving fraud/1 needs a written justification: the comparison does not recommend it "
        "(Not better than live). Say why it shall go live all the same: --justify TEXT",
        "the comment has 2,005 characters; at most 2,000 are kept. Shorten it.",
        "the comment holds control characters (U+001B). Remove them.",
    ]
    assert workshop.approvals().history() == []
    assert not (workshop.folder / "ledger.db").exists()


def test_markup_in_a_comment_is_kept_as_the_text_it_is(workshop):
    workshop.register()
    text = "<script>alert('x')</script> & <b>bold</b>"
    assert workshop.approve(1, comment=text).entry.comment == text


@pytest.mark.parametrize("sign", ["\x00", "\x7f", "\u202e", "\ud800"])
def test_signs_that_are_no_text_are_refused_in_every_field(workshop, sign):
    workshop.register()
    named = f"U+{ord(sign):04X}"
    said = {"comment": sign + ".", "justification": f".{sign}."}
    told = refused(workshop.approve, 1, Person(f"b{sign}n", shown=f"B{sign}"), **said)
    assert told == [
        f"the {field} holds control characters ({named}). Remove them."
        for field in ("name", "shown name", "comment", "justification")
    ]


def test_what_is_not_recommended_needs_a_justification(workshop):
    workshop.register(recommended=False)
    review = workshop.approvals().review("fraud", 1, "local")
    assert review.needs_justification == (
        "the comparison does not recommend it (Not better than live)"
    )
    assert workshop.approve(1, justification="The old one is gone.").standing == "live"
    assert workshop.approvals().history()[0].justification == "The old one is gone."


def test_a_candidate_whose_champion_is_not_live_needs_a_justification(workshop):
    for champion in ("", "fraud/1", "fraud/1"):
        workshop.register(champion=champion)
    workshop.approve(1)
    workshop.approve(2)
    assert refused(workshop.approve, 3) == [
        "approving fraud/3 needs a written justification: it was compared with fraud/1, but "
        "fraud/2 is live at local. Say why it shall go live all the same: --justify TEXT"
    ]
    assert workshop.approve(3, justification="Compared by hand.").standing == "live"


def test_a_first_candidate_that_was_compared_with_something_needs_a_justification(workshop):
    workshop.register(champion="fraud/9")
    assert refused(workshop.approve, 1) == [
        "approving fraud/1 needs a written justification: it was compared with fraud/9, but "
        "nothing is live at local. Say why it shall go live all the same: --justify TEXT"
    ]


def test_what_is_superseded_or_live_already_is_not_approved(workshop):
    workshop.register()
    workshop.register()
    workshop.approve(2)
    assert refused(workshop.approve, 1, justification="Why not.") == [
        "fraud/1 is superseded at local: fraud/2 is live. "
        "To go back, use: pipeline models rollback fraud --stage local"
    ]
    assert refused(workshop.approve, 2) == [
        "fraud/2 is live at local already. There is nothing to do."
    ]
    standings = [each.standing for each in workshop.approvals().reviews("fraud", "local")]
    assert standings == ["live", "superseded"]


def test_a_rejection_is_for_good_and_says_why(workshop):
    workshop.register()
    evidence = workshop.evidence(1)
    reject = workshop.approvals().reject
    assert refused(reject, "fraud", 1, "local", BEN, evidence=evidence, comment=" ") == [
        "a rejection needs a comment. Say why: --comment TEXT"
    ]
    done = reject("fraud", 1, "local", BEN, evidence=evidence, comment="Drifts.")
    assert (done.standing, done.sentence) == ("rejected", "fraud/1 is rejected at local, for good.")
    assert refused(workshop.approve, 1, CAT) == [
        "fraud/1 was rejected at local by ben, for good. "
        "Train again; the new version can be approved."
    ]
    assert refused(reject, "fraud", 1, "local", BEN, evidence="", comment="x") == [
        "fraud/1 was rejected at local already. There is nothing to do.",
        f"the decision is about no evidence, but the evidence of fraud/1 is {evidence}. "
        "Look at the evidence that is there, and decide again.",
    ]


def test_what_is_live_is_rolled_back_and_not_rejected(workshop):
    workshop.register()
    workshop.approve(1)
    said = {"evidence": workshop.evidence(1), "comment": "No."}
    assert refused(workshop.approvals().reject, "fraud", 1, "local", BEN, **said) == [
        "fraud/1 is live at local and cannot be rejected. "
        "Use: pipeline models rollback fraud --stage local"
    ]


def test_a_version_without_evidence_is_not_approved(workshop):
    workshop.registry.register(replace(workshop.candidate(), evidence=None))
    assert refused(workshop.approvals().approve, "fraud", 1, "local", BEN, evidence="") == [
        "memory:/fraud/1: the version was registered without an evidence pack. "
        "Train again with a pipeline that writes one."
    ]


def test_an_altered_pack_is_not_approved_and_every_file_is_named(workshop):
    workshop.register()
    pack = workshop.folder / "candidates" / "1" / "evidence"
    (pack / "evidence.html").write_text("Better!")
    (pack / "metrics.json").unlink()
    (pack / "more.txt").write_text("x")
    told = refused(workshop.approve, 1)
    assert [each.partition(":")[0] for each in told] == [
        "evidence.html",
        "metrics.json",
        "more.txt",
    ]
    document = pack / "evidence.json"
    document.write_bytes(
        document.read_bytes().replace(b'"recommended":true', b'"recommended":tru1')
    )
    assert any(
        "the registry's evidence is not the one" in each for each in refused(workshop.approve, 1)
    )


def test_evidence_of_another_group_or_without_a_model_is_not_approved(workshop):
    candidate = workshop.candidate("wine", digests={})
    workshop.registry.register(replace(candidate, group="fraud"))
    told = refused(workshop.approve, 1)
    assert told[:2] == [
        "the evidence of fraud/1 is about the group 'wine'. "
        "Register the candidate with its own evidence.",
        "the evidence of fraud/1 names no digest of its model. "
        "Train again with a pipeline that writes one.",
    ]


def test_a_clock_that_runs_backwards_decides_nothing_but_a_little_is_borne(workshop):
    workshop.register()
    workshop.register(champion="fraud/1")
    workshop.approve(1)
    first = workshop.now
    workshop.passes(seconds=-6)
    assert refused(workshop.approve, 2) == [
        "the clock of this machine runs behind: it says 2026-11-01T08:59:54+00:00, and entry 1 of "
        "the ledger was made at 2026-11-01T09:00:00+00:00. Set the clock, and decide again."
    ]
    workshop.passes(seconds=2)
    assert workshop.approve(2).entry.at == first


def test_a_rollback_brings_back_model_segments_settings_and_pipeline_in_one_entry(workshop):
    segments = {
        "north": {"served_by": "own", "model": {"payload_sha256": "aa"}},
        "south": {"served_by": "pooled", "model": None},
    }
    workshop.register(segments=segments)
    workshop.register(champion="fraud/1")
    workshop.approve(1)
    first = workshop.approvals().live("fraud", "local")
    workshop.approve(2)
    workshop.passes(hours=1)
    done = workshop.approvals().rollback("fraud", "local", CAT, comment="Too many alarms.")
    back = workshop.approvals().verified("fraud", "local")
    assert done.sentence == (
        "fraud/1 is live at local again, with its settings and pipeline; fraud/2 is not any more."
    )
    assert first.segments == {"north": "sha256:aa", "south": "none"}
    assert back == replace(first, since=workshop.now, entry=3)
    assert len(workshop.approvals().history()) == 3


def test_rolling_back_goes_back_a_state_each_time_up_to_the_first(workshop):
    for number in range(4):
        workshop.register(champion=f"fraud/{number}" if number else "")
    for version in (1, 2, 3):
        workshop.approve(version)
    rollback = workshop.approvals().rollback
    rollback("fraud", "local", BEN, comment="One.")
    rollback("fraud", "local", BEN, comment="Two.")
    assert workshop.live() == 1
    assert refused(rollback, "fraud", "local", BEN, comment="Three.") == [
        "there is nothing at local to roll fraud back to. Approve another version."
    ]
    workshop.approve(4, justification="It is better than 1, too.")
    rollback("fraud", "local", BEN, comment="Again.")
    assert workshop.live() == 1


def test_what_was_rolled_back_comes_back_by_a_new_approval(workshop):
    workshop.rules_text = "stages: [{name: local, approvers: 2}]"
    workshop.register()
    workshop.register(champion="fraud/1")
    for version in (1, 2):
        for actor in (BEN, CAT):
            workshop.approve(version, actor)
    workshop.approvals().rollback("fraud", "local", BEN, comment="Bad.")
    assert workshop.approvals().review("fraud", 2, "local").standing == "approved"
    assert workshop.approve(2, BEN).entry.live is None
    assert workshop.live() == 1
    assert workshop.approve(2, CAT).standing == "live"


def test_a_rollback_passes_over_what_was_rejected_and_refuses_what_was_altered(workshop):
    for number in range(3):
        workshop.register(champion=f"fraud/{number}" if number else "")
        workshop.approve(number + 1)
    said = {"evidence": workshop.evidence(2), "comment": "Found to be wrong."}
    workshop.approvals().reject("fraud", 2, "local", BEN, **said)
    content = model_file(workshop, 1).read_bytes()
    model_file(workshop, 1).write_bytes(b"other")
    told = refused(workshop.approvals().rollback, "fraud", "local", BEN, comment="Back.")
    assert len(told) == 1
    assert "the model of fraud/1 is not the one that its evidence is about" in told[0]
    assert workshop.live() == 3
    model_file(workshop, 1).write_bytes(content)
    workshop.approvals().rollback("fraud", "local", BEN, comment="Back.")
    assert workshop.live() == 1


def test_what_was_live_at_an_instant_is_known(workshop):
    for number in range(2):
        workshop.register(champion=f"fraud/{number}" if number else "")
        workshop.passes(hours=1)
        workshop.approve(number + 1)
    workshop.passes(hours=1)
    workshop.approvals().rollback("fraud", "local", BEN, comment="Bad.")
    start = datetime(2026, 11, 1, 9, tzinfo=UTC)
    moments = [start + timedelta(hours=hours) for hours in (0, 1, 1.5, 2, 2.5, 3)]
    assert [workshop.live(at=each) for each in moments] == [0, 1, 1, 2, 2, 1]


def test_groups_do_not_mix(workshop):
    workshop.register()
    other = workshop.register("wine")
    workshop.approve(1)
    evidence = workshop.evidence(other, "wine")
    workshop.approvals().approve("wine", other, "local", BEN, evidence=evidence)
    assert workshop.approvals().groups() == ["fraud", "wine"]
    assert [each.group for each in workshop.approvals().history("wine")] == ["wine"]
    assert len(workshop.approvals().history(None, "local")) == 2


def test_the_fold_of_the_history_is_the_present_state(workshop):
    for number in range(2):
        workshop.register(champion=f"fraud/{number}" if number else "")
        workshop.approve(number + 1)
    entries = workshop.approvals().history()
    assert fold(entries)["fraud", "local"].live() == workshop.approvals().live("fraud", "local")


def test_nothing_approved_is_refused_with_what_to_do(workshop):
    workshop.register()
    with pytest.raises(ApprovalError) as caught:
        workshop.approvals().verified("fraud", "local")
    assert str(caught.value) == (
        "no version of fraud is approved for local. See what waits: pipeline models list fraud"
    )


def test_a_registry_that_tells_another_fact_than_was_approved_is_refused(workshop):
    workshop.register()
    workshop.approve(1)
    found = workshop.registry._groups["fraud"][0]
    workshop.registry._groups["fraud"][0] = replace(
        found, properties={**found.properties, "verdict": "Best ever."}
    )
    assert refused(workshop.approvals().verified, "fraud", "local") == [
        "memory:/fraud/1: the registry tells another verdict of fraud/1 than was approved: 'Best "
        "ever.', not 'Better than the live model.'. Restore the registry from a backup, or roll "
        "back."
    ]


def test_a_page_of_reviews_reads_no_file(workshop):
    for number in range(5):
        workshop.register(champion=f"fraud/{number}" if number else "")
    for file in (workshop.folder / "candidates").rglob("*.ubj"):
        file.unlink()
    page = workshop.approvals().reviews("fraud", "local", limit=2)
    rest = workshop.approvals().reviews("fraud", "local", limit=9, before=page[-1].version)
    assert [each.version for each in (*page, *rest)] == [5, 4, 3, 2, 1]
    assert page[0].evidence == workshop.evidence(5)
    assert (page[0].author, page[0].recommended) == ("ann", True)


def test_an_approval_in_the_registry_itself_becomes_an_ordinary_one(workshop):
    workshop.rules_text = "stages: [{name: local, approvers: 2}]"
    workshop.register()
    workshop.registry.mark("fraud", 1, "approved", {})
    studio = Person("arn:aws:iam::1:user/ben", "ben", "sagemaker")
    (done,) = workshop.approvals().reconcile("fraud", "local", studio, comment="From Studio.")
    assert (done.standing, done.entry.action, done.entry.comment) == (
        "waiting",
        "approve",
        "From Studio.",
    )
    assert done.entry.actor == studio
    workshop.registry.mark("fraud", 1, "approved", {})
    assert workshop.approvals().reconcile("fraud", "local", studio) == []
    assert workshop.registry.describe("fraud", 1).status == "pending"
    workshop.registry.mark("fraud", 1, "approved", {})
    (done,) = workshop.approvals().reconcile("fraud", "local", CAT)
    assert done.standing == "live"
    assert workshop.approvals().reconcile("fraud", "local", CAT) == []


def test_an_approval_in_the_registry_that_a_rule_forbids_is_flagged_and_never_live(workshop):
    workshop.register()
    workshop.register(recommended=False)
    model_file(workshop, 1).write_bytes(b"other")
    for version in (1, 2):
        workshop.registry.mark("fraud", version, "approved", {})
    made = workshop.approvals().reconcile("fraud", "local", BEN)
    assert [each.standing for each in made] == ["flagged", "flagged"]
    assert "is not the one that its evidence is about" in made[0].entry.facts["reasons"][0]
    assert "needs a written justification" in made[1].entry.facts["reasons"][0]
    assert workshop.live() == 0
    assert workshop.approvals().reconcile("fraud", "local", BEN) == []
    assert [workshop.registry.describe("fraud", each).status for each in (1, 2)] == [
        "rejected",
        "rejected",
    ]
    assert workshop.approve(2, justification="We know.").standing == "live"


def test_what_was_rolled_back_does_not_come_back_by_an_old_mark(workshop):
    for number in range(2):
        workshop.register(champion=f"fraud/{number}" if number else "")
        workshop.approve(number + 1)
    workshop.approvals().rollback("fraud", "local", BEN, comment="Bad.")
    workshop.registry.mark("fraud", 2, "approved", {})
    assert workshop.approvals().reconcile("fraud", "local", CAT) == []
    assert workshop.live() == 1
    assert workshop.registry.describe("fraud", 2).status == "archived"


def test_entries_are_canonical_json_that_anyone_can_verify(workshop):
    import base64
    import sqlite3

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from penstock.evidence.canonical import canonical_json

    workshop.register()
    workshop.approve(1)
    with sqlite3.connect(workshop.folder / "ledger.db") as database:
        ((record,),) = database.execute("SELECT record FROM records").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"):
            database.execute("DELETE FROM records")
    document = json.loads(record)
    assert canonical_json(document) == record
    signature = base64.b64decode(document.pop("signature"))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(document["key"][8:]))
    key.verify(signature, canonical_json(document))


def test_a_status_that_stands_for_another_stage_is_no_approval(workshop):
    workshop.rules_text = "stages: [{name: staging}, {name: prod}]"
    workshop.register()
    workshop.approve(1, BEN, "staging")
    assert workshop.registry.describe("fraud", 1).status == "approved"
    assert workshop.approvals().reconcile("fraud", "prod", CAT) == []
    assert workshop.live("prod") == 0


def test_a_registry_that_cannot_be_told_anything_brings_nothing_back(workshop, monkeypatch):
    """An approval that expired is not made again of the mark that it left."""
    workshop.rules_text = "stages: [{name: local, approvers: 2, days: 1}]"
    workshop.register()
    workshop.registry.mark("fraud", 1, "approved", {})

    def unreachable(*_):
        raise ServiceError(Problem("the registry is away."))

    monkeypatch.setattr(workshop.registry, "mark", unreachable)
    workshop.approvals().reconcile("fraud", "local", BEN)
    workshop.passes(days=2)
    assert workshop.registry.describe("fraud", 1).status == "approved"
    assert workshop.approvals().reconcile("fraud", "local", BEN) == []


def test_whom_the_registry_names_is_who_approved_there(workshop):
    workshop.register()
    workshop.register()
    for version, who in ((1, "arn:aws:iam::1:user/ben"), (2, "")):
        workshop.registry.mark("fraud", version, "approved", {})
        shown = workshop.registry.describe("fraud", version)
        workshop.registry._groups["fraud"][version - 1] = replace(
            shown, status_by=who, status_comment="Seen in Studio."
        )
    made = workshop.approvals().reconcile("fraud", "local")
    assert [each.standing for each in made] == ["live", "flagged"]
    assert made[0].entry.actor == Person("arn:aws:iam::1:user/ben", method="sagemaker")
    assert made[0].entry.comment == "Seen in Studio."
    assert made[1].entry.facts["reasons"][0] == "nobody decides. Sign in."
