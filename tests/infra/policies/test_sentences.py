"""Sentences about principals, and what they rest on."""

import copy
from typing import Any

import pytest

from infra.policies import (
    Estate,
    Loosening,
    Looser,
    Place,
    PolicyError,
    Principal,
    Question,
    Sentence,
    Template,
    administrator,
    expect_broken_when_loosened,
    load_estate,
    loosenings,
    matrix,
)

TOOLING, DEV = "444444444444", "111111111111"
STATUS = "sagemaker:ModelApprovalStatus"
GROUP = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package-group/fraud"
PACKAGE = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package/fraud/3"
CREATE, UPDATE = "sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"

NOT_FROM_DEV = Sentence(
    "no principal in dev can create a model package in the central group",
    principals=lambda estate: estate.principals(DEV),
    questions=lambda estate: [
        Question(CREATE, estate.resource("delivery/Group"), {STATUS: "PendingManualApproval"})
    ],
)
REGISTRAR_CANNOT_APPROVE = Sentence(
    "the registrar cannot approve",
    principals=lambda estate: [estate.principal("delivery/Registrar")],
    questions=lambda _: [
        Question(CREATE, GROUP, {STATUS: "Approved"}),
        Question(UPDATE, PACKAGE, {STATUS: "Approved"}),
    ],
)
PLAIN = Sentence(
    "nobody reads a model without TLS",
    principals=lambda estate: [estate.principal("dev/Trainer")],
    questions=lambda estate: [
        Question(
            "s3:GetObject",
            f"{estate.resource('dev/Models')}/runs/1",
            {"aws:SecureTransport": "false"},
        )
    ],
)
OWN_RUNS = Sentence(
    "the trainer writes its runs only",
    principals=lambda estate: [estate.principal("dev/Trainer")],
    questions=lambda estate: [Question("s3:PutObject", f"{estate.resource('dev/Models')}/other")],
)
REGISTERS = Place("delivery", "RegistrarPolicy").at("Properties", "PolicyDocument", "Statement", 0)
TRAINS = Place("dev", "Training").at("Properties", "PolicyDocument", "Statement", 0)
TLS = Place("dev", "ModelsPolicy").at("Properties", "PolicyDocument", "Statement", 0)
BOUNDARY = Place("dev", "Boundary").at("Properties", "PolicyDocument", "Statement", 0)


def test_a_sentence_holds_or_names_every_breach(estate: Estate) -> None:
    NOT_FROM_DEV.check(estate)
    assert REGISTRAR_CANNOT_APPROVE.breaches(estate) == ()
    registrar = estate.principal("delivery/Registrar")
    wrong = Sentence(
        "the registrar cannot register",
        principals=lambda _: [registrar],
        questions=lambda _: [Question(CREATE, GROUP, {STATUS: "PendingManualApproval"})],
    )
    with pytest.raises(AssertionError) as failure:
        wrong.check(estate)
    assert str(failure.value) == (
        "Broken: the registrar cannot register.\n"
        f"{registrar}: {CREATE} on {GROUP} (sagemaker:ModelApprovalStatus=PendingManualApproval) "
        "is allowed\n"
        "  Allow 'RegisterPending' "
        "at delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0]"
    )


def test_a_sentence_may_promise_that_all_is_allowed(estate: Estate) -> None:
    registers = Sentence(
        "the registrar registers pending packages",
        principals=lambda estate: [estate.principal("delivery/Registrar")],
        questions=lambda _: [
            Question(CREATE, GROUP, {STATUS: "PendingManualApproval"}),
            Question(CREATE, PACKAGE),
        ],
        allowed=True,
    )
    assert [each.request.resource for each in registers.breaches(estate)] == [PACKAGE]


def test_a_sentence_about_nobody_is_refused(estate: Estate) -> None:
    empty = Sentence("nobody does nothing", lambda _: [], lambda _: [Question(CREATE, GROUP)])
    with pytest.raises(PolicyError) as error:
        empty.check(estate)
    assert str(error.value) == (
        "the sentence 'nobody does nothing' is about nobody or asks nothing. "
        "Name principals and questions."
    )


@pytest.mark.parametrize(
    ("sentence", "place", "way"),
    [
        (REGISTRAR_CANNOT_APPROVE, REGISTERS, Looser.WITHOUT_CONDITION),
        (OWN_RUNS, TRAINS, Looser.ANY_RESOURCE),
        (PLAIN, TLS, Looser.REMOVED),
    ],
)
def test_a_sentence_fails_when_what_it_rests_on_is_loosened(
    templates: list[Template], sentence: Sentence, place: Place, way: Looser
) -> None:
    before = copy.deepcopy([each.body for each in templates])
    expect_broken_when_loosened(sentence, templates, Loosening(place, way))
    assert [each.body for each in templates] == before


def test_a_sentence_fails_when_an_action_becomes_a_service(
    templates: list[Template], delivery: dict[str, Any]
) -> None:
    statement = delivery["Resources"]["RegistrarPolicy"]["Properties"]["PolicyDocument"]
    statement["Statement"][0].pop("Condition")
    cannot_update = Sentence(
        "the registrar updates no package",
        principals=lambda estate: [estate.principal("delivery/Registrar")],
        questions=lambda _: [Question(UPDATE, PACKAGE)],
    )
    loosening = Loosening(REGISTERS, Looser.ANY_ACTION)
    expect_broken_when_loosened(cannot_update, templates, loosening)


def test_a_sentence_about_everyone_fails_when_a_key_or_trust_is_for_everyone(
    templates: list[Template],
) -> None:
    outside = administrator("999999999999")
    trust = Place("dev", "Trainer").at("Properties", "AssumeRolePolicyDocument", "Statement", 0)

    def stranger(_: Estate) -> list[Principal]:
        return [Principal.service("ec2.amazonaws.com")]

    sentence = Sentence(
        "no other service works as the trainer",
        principals=stranger,
        questions=lambda estate: [Question("sts:AssumeRole", estate.principal("dev/Trainer").arn)],
    )
    expect_broken_when_loosened(sentence, templates, Loosening(trust, Looser.ANY_PRINCIPAL))
    assert outside.principal.account not in {each.account for each in templates}


def test_a_sentence_that_does_not_rest_on_a_statement_is_told(templates: list[Template]) -> None:
    loosening = Loosening(TRAINS, Looser.ANY_ACTION)
    with pytest.raises(AssertionError) as failure:
        expect_broken_when_loosened(NOT_FROM_DEV, templates, loosening)
    assert str(failure.value) == (
        "Still holds with dev/Training Properties.PolicyDocument.Statement[0] "
        "for every action of the service: no principal in dev can create a model package in the "
        "central group."
    )


def test_a_sentence_that_never_held_is_told_first(templates: list[Template]) -> None:
    never = Sentence(
        "the registrar cannot register",
        principals=lambda estate: [estate.principal("delivery/Registrar")],
        questions=lambda _: [Question(CREATE, GROUP, {STATUS: "PendingManualApproval"})],
    )
    with pytest.raises(AssertionError, match=r"^Broken: the registrar cannot register\.\n"):
        expect_broken_when_loosened(
            never, templates, Loosening(REGISTERS, Looser.WITHOUT_CONDITION)
        )


@pytest.mark.parametrize(
    ("place", "way", "why"),
    [
        (Place("prod", "Role"), Looser.REMOVED, "there is no such template."),
        (Place("dev", "Nothing").at("Properties"), Looser.REMOVED, "there is no such statement."),
        (
            TRAINS,
            Looser.WITHOUT_CONDITION,
            "the statement does not have what would be loosened.",
        ),
        (BOUNDARY, Looser.REMOVED, "the statement does not have what would be loosened."),
    ],
)
def test_what_cannot_be_loosened_is_told(
    templates: list[Template], place: Place, way: Looser, why: str
) -> None:
    with pytest.raises(PolicyError) as error:
        Loosening(place, way).applied(templates)
    assert str(error.value) == (
        f"{place} {way}: it cannot be loosened {way}: {why} "
        "Take the place of a statement that was read from these templates."
    )


def test_every_statement_is_loosened_in_every_way(templates: list[Template]) -> None:
    found = loosenings(templates)
    assert found == loosenings(templates[::-1])
    assert [str(each) for each in found if each.place.stack == "delivery"] == [
        "delivery/Approver Properties.AssumeRolePolicyDocument.Statement[0] "
        "for every action of the service",
        "delivery/Approver Properties.AssumeRolePolicyDocument.Statement[0] for everyone",
        "delivery/Approver Properties.Policies[0].PolicyDocument.Statement[0] "
        "without its conditions",
        "delivery/Approver Properties.Policies[0].PolicyDocument.Statement[0] on any resource",
        "delivery/Approver Properties.Policies[0].PolicyDocument.Statement[0] "
        "for every action of the service",
        "delivery/Registrar Properties.AssumeRolePolicyDocument.Statement[0] "
        "for every action of the service",
        "delivery/Registrar Properties.AssumeRolePolicyDocument.Statement[0] for everyone",
        "delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0] without its conditions",
        "delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0] on any resource",
        "delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0] "
        "for every action of the service",
    ]
    for loosening in found:
        assert load_estate(loosening.applied(templates)).principals()


def test_a_statement_about_other_resources_is_loosened_to_all(
    templates: list[Template], workload: dict[str, Any]
) -> None:
    document = workload["Resources"]["Training"]["Properties"]["PolicyDocument"]
    document["Statement"][0]["NotResource"] = [
        document["Statement"][0].pop("Resource"),
        "arn:aws:s3:::*/other",
    ]
    expect_broken_when_loosened(OWN_RUNS, templates, Loosening(TRAINS, Looser.ANY_RESOURCE))


def test_a_permission_is_loosened_by_its_properties(templates: list[Template]) -> None:
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "f",
        "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:eu-west-1:111111111111:rule/r",
    }
    body = {"Resources": {"P": {"Type": "AWS::Lambda::Permission", "Properties": properties}}}
    functions = [*templates, Template("functions", DEV, "eu-west-1", body)]
    sentence = Sentence(
        "the function runs for its rule only",
        principals=lambda _: [Principal.service("events.amazonaws.com")],
        questions=lambda _: [
            Question("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{DEV}:function:f")
        ],
    )
    place = Place("functions", "P").at("Properties")
    loosening = Loosening(place, Looser.WITHOUT_CONDITION)
    assert loosening in loosenings(functions)
    expect_broken_when_loosened(sentence, functions, loosening)


def test_the_matrix_is_a_table_in_a_stable_order(estate: Estate) -> None:
    models = estate.resource("dev/Models")
    questions = [
        Question(UPDATE, PACKAGE, {STATUS: "Approved"}, name="central model"),
        Question(CREATE, GROUP, {STATUS: "PendingManualApproval"}),
        Question(
            "s3:GetObject", f"{models}/runs/1", {"aws:SecureTransport": "false"}, name="a model"
        ),
        Question("s3:GetObject", f"{models}/runs/1", name="a model"),
    ]
    principals = [
        estate.principal(place)
        for place in ("delivery/Registrar", "dev/Trainer", "delivery/Approver")
    ]
    trainer, approver = (
        estate.principal(each).name for each in ("dev/Trainer", "delivery/Approver")
    )
    table = matrix(estate, principals, questions).markdown()
    assert table == (
        f"| action | resource | given | {trainer} | {approver} | registrar |\n"
        "| --- | --- | --- | :-: | :-: | :-: |\n"
        "| `s3:GetObject` | a model |  | yes | · | · |\n"
        "| `s3:GetObject` | a model | `aws:SecureTransport=false` | never | never | never |\n"
        f"| `{CREATE}` | `{GROUP}` | `{STATUS}=PendingManualApproval` | · | · | yes |\n"
        f"| `{UPDATE}` | central model | `{STATUS}=Approved` | · | yes | · |\n"
    )
    assert matrix(estate, principals[::-1], questions[::-1]).markdown() == table


def test_columns_of_one_name_tell_their_account_and_session() -> None:
    here, there = administrator(DEV), administrator(TOOLING)
    other = Principal.role(here.principal.arn, session="nightly")
    estate = load_estate([]).plus([here, there])
    table = matrix(
        estate, [there.principal, other, here.principal], [Question("sqs:ListQueues", "*")]
    )
    assert table.markdown().splitlines()[0] == (
        "| action | resource | given | administrator as nightly | "
        f"administrator ({DEV}) | administrator ({TOOLING}) |"
    )
