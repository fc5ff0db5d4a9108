"""Upserts against a moto server: what is there afterwards, and what is refused."""

import json
from dataclasses import replace

import pytest

from penstock.deployment.origin import Origin
from penstock.deployment.plan import make_plan, with_outlook
from penstock.deployment.upserting import delete, upsert
from penstock.deployment.wanted import body_digest
from penstock.errors import RequestError, ServiceError, WorkError

ACTOR = "arn:aws:sts::123456789012:assumed-role/ci/ann"


def plan_of(wanted, place):
    existing = place.service.read(wanted.name)
    return make_plan(
        wanted,
        existing,
        place.records.deployed(wanted.name, existing.body if existing else ""),
        place.folder,
        place.code,
    )


def test_a_first_upsert_creates_and_the_plan_after_it_is_empty(place, wanted):
    first = wanted(1)
    before = plan_of(first, place)
    assert not before.is_empty
    assert [(each.name, each.kind) for each in before.definition.steps] == [("train", "added")]
    outcome = upsert(first, place)
    assert (outcome.done, outcome.version.number, outcome.version.state) == (
        "created",
        1,
        "applied",
    )
    there = place.service.read(first.name)
    assert there.definition == first.definition
    assert (there.role, there.parallel) == (first.role, 8)
    assert there.tags == {
        "team": "risk",
        "penstock:body": body_digest(first.definition),
        "penstock:release": "none",
        "penstock:commit": "a" * 40,
        "penstock:owner": "ann",
    }
    assert place.code.read("0123/adapter.py") == b"print(1)\n"
    assert plan_of(first, place).is_empty
    again = upsert(first, place)
    assert (again.done, again.version.number, again.uploaded) == ("nothing", 1, 0)
    assert place.records.lock(first.name) is None


def test_a_changed_argument_is_the_whole_plan(place, wanted):
    upsert(wanted(1), place)
    plan = with_outlook(plan_of(wanted(2), place), place.executions)
    (step,) = plan.definition.steps
    assert [(each.path, each.before, each.after) for each in step.changes] == [
        ("HyperParameters.seed", '"1"', '"2"')
    ]
    assert not plan.definition.parameters
    assert not plan.account
    assert plan.anew == {"train": "changed"}
    assert upsert(wanted(2), place).done == "updated"
    assert plan_of(wanted(2), place).is_empty


def test_role_parallelism_tags_and_image_are_told_and_changed(place, wanted):
    upsert(wanted(1), place)
    role = "arn:aws:iam::123456789012:role/other"
    image = {**wanted(1).parameters, "Image": "penstock@sha256:0"}
    other = wanted(1, role=role, parallel=3, tags={"owner": "b"}, parameters=image)
    plan = plan_of(other, place)
    assert [(each.path, each.before, each.after) for each in plan.account] == [
        ("role", "arn:aws:iam::123456789012:role/penstock", role),
        ("parallel steps", "8", "3"),
        ("tag owner", "nothing", "b"),
        ("tag team", "risk", "nothing"),
    ]
    assert [(each.path, each.after) for each in plan.environment] == [
        ("Image", "penstock@sha256:0")
    ]
    upsert(other, place)
    there = place.service.read(other.name)
    assert (there.role, there.parallel, there.tags["owner"]) == (role, 3, "b")
    assert "team" not in there.tags
    assert plan_of(other, place).is_empty


def test_an_older_commit_undoes_nothing_without_a_reason(place, wanted):
    newer = wanted(2, "b" * 40, "2026-11-21T10:00:00+00:00")
    older = wanted(1, "a" * 40, "2026-11-20T10:00:00+00:00")
    upsert(newer, place)
    with pytest.raises(RequestError) as refused:
        upsert(older, place)
    at = place.records.deployed(newer.name, newer.body).at
    assert str(refused.value) == (
        f"{newer.name} was deployed from a newer commit: commit bbbbbbbbbb, release none by "
        f"{ACTOR} on {at}; this is commit aaaaaaaaaa, release none. Deploy from that commit or a "
        "later one; to go back: --force REASON."
    )
    assert place.service.read(newer.name).body == newer.body
    forced = upsert(older, place, reason="alarm 17")
    assert (forced.version.number, forced.version.reason) == (2, "alarm 17")
    assert place.service.read(newer.name).body == older.body


def test_a_work_tree_without_a_commit_undoes_no_commit_without_a_reason(place, wanted):
    upsert(wanted(1), place)
    with pytest.raises(RequestError) as refused:
        upsert(wanted(2, commit=""), place)
    at = place.records.deployed(wanted(1).name, wanted(1).body).at
    assert str(refused.value) == (
        f"{wanted(1).name} was deployed from commit aaaaaaaaaa, release none by {ACTOR} on {at}; "
        "git tells no commit of this work tree, so it may be older. See what `git status` says "
        "here; to deploy all the same: --force REASON."
    )
    assert upsert(wanted(2, commit=""), place, reason="an archive").version.number == 2


def test_somebodys_uncommitted_changes_are_not_undone_from_the_same_commit(place, wanted):
    theirs = replace(place, actor="arn:aws:iam::1:user/ben")
    dirty = Origin("a" * 40, "", dirty=True)
    upsert(wanted(2, origin=dirty), theirs)
    with pytest.raises(RequestError, match=r"holds changes beyond the same commit, by .*user/ben"):
        upsert(wanted(1), place)
    assert upsert(wanted(3, origin=dirty), theirs).done == "updated"
    assert upsert(wanted(1), theirs).done == "updated"


def test_a_copy_that_is_upserted_again_lives_longer(place, wanted):
    def copy(day):
        return wanted(1, tags={"penstock:suffix": "ann", "penstock:expires": day})

    upsert(copy("2026-12-01"), place)
    assert upsert(copy("2026-12-02"), place).done == "nothing"
    assert place.service.read(wanted(1).name).tags["penstock:expires"] == "2026-12-02"


def test_what_somebody_changed_by_hand_is_not_undone_without_a_reason(place, wanted):
    upsert(wanted(1), place)
    place.service.update(wanted(7))
    plan = plan_of(wanted(2), place)
    assert plan.drift.startswith("it was changed past version 1, on ")
    with pytest.raises(RequestError, match=r"it was changed past version 1, on .* --force REASON"):
        upsert(wanted(2), place)
    assert place.service.read(plan.wanted.name).body == wanted(7).body
    upsert(wanted(2), place, reason="it was a try")
    assert plan_of(wanted(2), place).is_empty


def test_a_pipeline_that_was_there_before_penstock_is_not_taken_over_silently(place, wanted):
    place.service.create(wanted(1), {}, "0" * 32)
    with pytest.raises(RequestError, match="no version record tells who put it there"):
        upsert(wanted(2), place)
    assert upsert(wanted(2), place, reason="ours from now on").version.number == 1


def test_what_a_delivery_deployed_is_left_alone(place, wanted):
    tags = {"penstock:managed-by": "cdk", "penstock:release": "5" * 64}
    place.service.create(wanted(1), tags, "0" * 32)
    with pytest.raises(RequestError) as refused:
        upsert(wanted(2), place)
    assert [str(each) for each in refused.value.problems] == [
        f"{wanted(1).name} was delivered by CDK, from the release {'5' * 64}. Deliver a release "
        "(docs/promotion.md), or use a personal copy: --suffix; to put another definition there "
        "until the next delivery: --force REASON."
    ]
    assert place.service.read(wanted(1).name).body == wanted(1).body
    assert place.records.lock(wanted(1).name) is None
    assert upsert(wanted(2), place, reason="prod stands still").done == "updated"


def test_a_pipeline_that_was_deleted_under_us_is_made_again(place, wanted):
    upsert(wanted(1), place)
    place.service.delete(wanted(1).name, "0" * 32)
    assert upsert(wanted(1), place).done == "created"
    assert place.records.last(wanted(1).name).number == 2


@pytest.mark.parametrize("came", [True, False])
def test_an_interrupted_version_is_settled_by_the_next_one(place, wanted, monkeypatch, came):
    upsert(wanted(1), place)
    update = type(place.service).update

    def interrupted(self, wanted):
        if came:
            update(self, wanted)
        raise KeyboardInterrupt

    monkeypatch.setattr(type(place.service), "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        upsert(wanted(2), place)
    monkeypatch.undo()
    assert place.records.last(wanted(1).name).state == "applying"
    assert upsert(wanted(3), place).version.number == 3
    states = [each.state for each in place.records.versions(wanted(1).name)]
    assert states == ["applied", "applied" if came else "abandoned", "applied"]
    assert place.service.read(wanted(1).name).body == wanted(3).body


def test_a_change_that_was_given_up_and_comes_late_is_ours_all_the_same(place, wanted, monkeypatch):
    upsert(wanted(1), place)
    update = type(place.service).update

    def unanswered(self, wanted):
        raise ServiceError("sagemaker did not answer.")

    monkeypatch.setattr(type(place.service), "update", unanswered)
    with pytest.raises(ServiceError):
        upsert(wanted(2), place)
    with pytest.raises(ServiceError):
        upsert(wanted(3), place)
    monkeypatch.undo()
    update(place.service, wanted(2))
    assert not plan_of(wanted(4), place).drift
    assert upsert(wanted(4), place).version.number == 4
    versions = place.records.versions(wanted(1).name)
    assert [each.state for each in versions] == ["applied", "abandoned", "applied", "applied"]
    assert versions[0].before == wanted(2).body


def test_what_is_read_back_otherwise_is_told(place, wanted, monkeypatch):
    upsert(wanted(1), place)
    monkeypatch.setattr(type(place.service), "update", lambda *_: None)
    with pytest.raises(ServiceError) as told:
        upsert(wanted(2), place)
    assert str(told.value) == (
        f"the pipeline {wanted(1).name}: read back, the pipeline holds the body "
        f"{wanted(1).body[:12]} and not {wanted(2).body[:12]}. Somebody changed it past the lock: "
        "see CloudTrail, then `pipeline plan`."
    )


def test_a_lost_answer_to_the_creation_is_no_failure(place, wanted, monkeypatch):
    create = type(place.service).create

    def twice(self, wanted, tags, token):
        create(self, wanted, tags, token)
        create(self, wanted, tags, token)

    monkeypatch.setattr(type(place.service), "create", twice)
    assert upsert(wanted(1), place).done == "created"


def test_a_lock_that_was_lost_is_told_and_nothing_is_changed(place, wanted, monkeypatch):
    upsert(wanted(1), place)
    begin = type(place.records).begin

    def robbed(self, pipeline, version, token):
        begun = begin(self, pipeline, version, token)
        held = self.lock(pipeline)
        assert self.take_lock(pipeline, type(held)("other", "x", "ben", "", 1.0), held)
        return begun

    monkeypatch.setattr(type(place.records), "begin", robbed)
    with pytest.raises(WorkError, match=r"lost the lock of .* to somebody else"):
        upsert(wanted(2), place)
    assert place.service.read(wanted(1).name).body == wanted(1).body


def test_a_copy_is_deleted_and_the_record_tells(place, wanted):
    upsert(wanted(1), place)
    assert delete(wanted(1).name, place).action == "delete"
    assert place.service.read(wanted(1).name) is None
    assert delete(wanted(1).name, place) is None
    assert upsert(wanted(1), place).version.number == 3


def test_the_settings_of_a_use_case_are_told_by_name(place, wanted):
    def pinned(digest):
        step = {"Name": "a", "Type": "Training", "Arguments": {"u": f"fraud@sha256:{digest}"}}
        return json.dumps({"Version": "2020-12-01", "Steps": [step]})

    old, new = "1" * 64, "2" * 64
    before = {"use_case.yaml": "name: fraud\ncandidates:\n  xgboost: {max_depth: 3}\n"}
    after = {"use_case.yaml": "name: fraud\ncandidates:\n  xgboost: {max_depth: 4}\n"}
    upsert(wanted(1, definition=pinned(old), settings={old: before}), place)
    plan = plan_of(wanted(1, definition=pinned(new), settings={new: after}), place)
    assert [(each.path, each.before, each.after) for each in plan.settings] == [
        ("candidates.xgboost.max_depth", "3", "4")
    ]
