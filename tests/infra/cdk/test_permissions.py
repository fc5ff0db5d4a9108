"""Sentences about who may do what across the accounts, each shown to rest on what it names."""

from __future__ import annotations

import copy

import pytest
from sentences import (
    APPROVER,
    APPROVER_DOES_NOTHING_ELSE,
    CI_PASSES_NO_ROLE,
    DEPLOYS,
    ITSELF_TO_SAGEMAKER,
    NO_OTHER_DECISION,
    NO_ROLE_FROM_ELSEWHERE,
    NOT_FROM_ELSEWHERE,
    NOTHING_IN_CLEAR_TEXT,
    NOTHING_WRITTEN_OVER,
    ONLY_THE_APPROVER,
    ONLY_THE_SEAL_S_OWNER,
    OWN_USE_CASE,
    OWN_WAY,
    PROD_JOBS,
    PROD_READS_ITS_OWN,
    REGISTERED_WITH_DIGEST,
    REGISTRAR,
    REGISTRAR_CANNOT_APPROVE,
    SENTENCES,
    loosening,
)

from infra.policies import (
    Estate,
    Looser,
    Sentence,
    Template,
    expect_broken_when_loosened,
    load_estate,
)

SHOWN = [
    (NOT_FROM_ELSEWHERE, "penstock-tooling-registry/GroupFraud", "Verify", Looser.ANY_ACTION),
    (REGISTRAR_CANNOT_APPROVE, REGISTRAR, "Register", Looser.WITHOUT_CONDITION),
    (REGISTERED_WITH_DIGEST, REGISTRAR, "Register", Looser.WITHOUT_CONDITION),
    (
        ONLY_THE_APPROVER,
        "penstock-tooling-access/RecorderRole",
        "See",
        Looser.ANY_ACTION,
    ),
    (NO_OTHER_DECISION, APPROVER, "Decide", Looser.WITHOUT_CONDITION),
    (APPROVER_DOES_NOTHING_ELSE, APPROVER, "See", Looser.ANY_ACTION),
    (PROD_READS_ITS_OWN, PROD_JOBS, "Artifacts", Looser.ANY_RESOURCE),
    (ITSELF_TO_SAGEMAKER, PROD_JOBS, "TakeItself", Looser.ANY_RESOURCE),
    (ITSELF_TO_SAGEMAKER, PROD_JOBS, "TakeItself", Looser.WITHOUT_CONDITION),
    (OWN_USE_CASE, DEPLOYS, "Deploy", Looser.ANY_RESOURCE),
    (OWN_WAY, DEPLOYS, "Taken", Looser.ANY_PRINCIPAL),
    (
        NOTHING_IN_CLEAR_TEXT,
        "penstock-prod-workload/Data0BucketPolicy",
        "NothingInClearText",
        Looser.REMOVED,
    ),
    (
        NOTHING_WRITTEN_OVER,
        "penstock-tooling-registry/ReleasesBucketPolicy",
        "NothingIsWrittenOver",
        Looser.REMOVED,
    ),
    (
        NOTHING_WRITTEN_OVER,
        "penstock-tooling-registry/ModelsBucketPolicy",
        "NothingIsRemoved",
        Looser.REMOVED,
    ),
    (NO_ROLE_FROM_ELSEWHERE, REGISTRAR, "Taken", Looser.ANY_PRINCIPAL),
    (
        ONLY_THE_SEAL_S_OWNER,
        "penstock-tooling-registry/SealKey",
        "Use1",
        Looser.ANY_ACTION,
    ),
]


@pytest.mark.parametrize(("sentence", "place", "sid", "way"), SHOWN)
def test_a_sentence_holds_and_fails_when_what_it_rests_on_is_loosened(
    deployed: list[Template], estate: Estate, sentence: Sentence, place: str, sid: str, way: Looser
) -> None:
    expect_broken_when_loosened(sentence, deployed, loosening(estate, place, sid, way))


def test_ci_passes_no_role_and_would_be_seen_to(deployed: list[Template], estate: Estate) -> None:
    CI_PASSES_NO_ROLE.check(estate)
    planted = copy.deepcopy(deployed)
    (access,) = (each for each in planted if each.stack == "penstock-tooling-access")
    for title in ("BuilderRole", "Boundary"):
        role = access.body["Resources"][title]["Properties"]
        policy = role["Policies"][0] if "Policies" in role else role
        policy["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
        )
    assert CI_PASSES_NO_ROLE.breaches(load_estate(planted))


def test_every_sentence_was_shown_to_fail() -> None:
    assert {each.text for each in SENTENCES} - {each[0].text for each in SHOWN} == {
        CI_PASSES_NO_ROLE.text
    }
