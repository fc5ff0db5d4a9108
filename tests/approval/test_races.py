"""Two people at once, in processes of their own: each time one outcome, the same for everybody."""

import os
import time

import pytest

from penstock.approval.port import Person
from penstock.errors import ApprovalError

BEN, CAT = Person("ben"), Person("cat")


def together(*calls):
    """Make calls at one instant, each in a process; return what each said."""
    start = time.monotonic() + 0.05
    pipes = []
    for call in calls:
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                while time.monotonic() < start:
                    pass
                said = call()
            except ApprovalError as error:
                said = f"refused: {error}"
            except BaseException as error:  # noqa: BLE001  # told to the parent
                said = f"crashed: {error!r}"
            os.write(writer, said.encode())
            os._exit(0)
        os.close(writer)
        pipes.append(reader)
    told = []
    for reader in pipes:
        with os.fdopen(reader) as stream:
            told.append(stream.read())
        os.wait()
    return sorted(told)


def approval(workshop, version, actor):
    evidence, approvals = workshop.evidence(version), workshop.approvals()
    return lambda: approvals.approve(
        "fraud", version, "local", actor, evidence=evidence
    ).sentence.partition(";")[0]


@pytest.mark.parametrize("round_", range(5))
def test_of_two_who_approve_where_one_is_enough_one_is_told_that_it_is_live(workshop, round_):
    workshop.register()
    assert together(approval(workshop, 1, BEN), approval(workshop, 1, CAT)) == [
        "fraud/1 is live at local from now on.",
        "refused: fraud/1 is live at local already. There is nothing to do.",
    ]
    assert len(workshop.approvals().history()) == 1


@pytest.mark.parametrize("round_", range(5))
def test_two_who_approve_where_two_are_needed_bring_it_into_force(workshop, round_):
    workshop.rules_text = "stages: [{name: local, approvers: 2}]"
    workshop.register()
    assert together(approval(workshop, 1, BEN), approval(workshop, 1, CAT)) == [
        "fraud/1 has 1 of 2 approvals at local",
        "fraud/1 is live at local from now on.",
    ]
    assert workshop.approvals().verified("fraud", "local").version == 1


@pytest.mark.parametrize("round_", range(5))
def test_of_one_click_that_comes_twice_one_counts(workshop, round_):
    workshop.rules_text = "stages: [{name: local, approvers: 2}]"
    workshop.register()
    assert together(approval(workshop, 1, BEN), approval(workshop, 1, BEN)) == [
        "fraud/1 has 1 of 2 approvals at local",
        "refused: ben has approved fraud/1 at local already. "
        "It needs the approval of somebody else.",
    ]
    assert len(workshop.approvals().history()) == 1


@pytest.mark.parametrize("round_", range(5))
def test_of_two_versions_the_older_is_superseded_or_its_rival_lost_its_champion(workshop, round_):
    workshop.register()
    workshop.register()
    told = together(approval(workshop, 1, BEN), approval(workshop, 2, CAT))
    first = [
        "fraud/1 is live at local from now on.",
        "refused: approving fraud/2 needs a written justification: it was compared with no live "
        "model, but fraud/1 is live at local. Say why it shall go live all the same: "
        "--justify TEXT",
    ]
    second = [
        "fraud/2 is live at local from now on.",
        "refused: fraud/1 is superseded at local: fraud/2 is live. "
        "To go back, use: pipeline models rollback fraud --stage local\napproving fraud/1 needs a "
        "written justification: it was compared with no live model, but fraud/2 is live at local. "
        "Say why it shall go live all the same: --justify TEXT",
    ]
    assert told in (first, second)
    assert len(workshop.approvals().history()) == 1


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_decides_leaves_a_ledger_that_holds(mlflow_workshop):
    """Killed at any instant: the entry is there, or not, and the next decision goes on."""
    import signal

    workshop = mlflow_workshop
    workshop.rules_text = "stages: [{name: local, author_may_approve: true}]"
    stood = 0
    for number in range(1, 21):
        workshop.register()
        evidence = workshop.evidence(number)
        said = {"evidence": evidence, "justification": "Go."}
        child = os.fork()
        if child == 0:
            try:
                workshop.approvals().approve("fraud", number, "local", BEN, **said)
            finally:
                os._exit(0)
        time.sleep(0.0025 * number if number < 20 else 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        entries = workshop.approvals().history()
        stands = bool(entries) and entries[-1].version == number
        stood += stands
        if not stands:
            workshop.approvals().approve("fraud", number, "local", CAT, **said)
        assert workshop.approvals().verified("fraud", "local").version == number
        assert len(workshop.approvals().history()) == number
    assert 0 < stood < 20
