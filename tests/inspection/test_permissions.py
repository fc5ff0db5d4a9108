"""What an identity may do is asked of IAM's simulation, and what cannot be seen is said."""

from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from penstock.environments import Environment, parse_environments
from penstock.inspection.finding import Finding
from penstock.inspection.permissions import permissions

ROLE = "arn:aws:iam::111111111111:role/penstock-execution"
CI = "arn:aws:iam::111111111111:role/delivery/ci"
SESSION = "arn:aws:sts::111111111111:assumed-role/ci/build-7"
TEXT = f"""\
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    role: {ROLE}
    artifacts: s3://penstock-dev
    image: penstock:1
    records: deployments
"""


@pytest.fixture
def dev() -> Environment:
    return parse_environments(TEXT, "environments.yaml").get("dev")


class Simulation:
    """IAM as boto3 shows it; `denied` are the actions that it does not allow."""

    def __init__(self) -> None:
        self.denied: dict[str, str] = {}
        self.refusal: Exception | None = None
        self.asked: list[dict[str, Any]] = []

    def answer(self, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "GetRole":
            assert arguments == {"RoleName": "ci"}
            return {"Role": {"Arn": CI}}
        assert operation == "SimulatePrincipalPolicy"
        if self.refusal:
            raise self.refusal
        self.asked.append(arguments)
        return {
            "EvaluationResults": [
                {"EvalActionName": each, "EvalDecision": self.denied.get(each, "allowed")}
                for each in arguments["ActionNames"]
            ]
        }


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Simulation:
    iam = Simulation()

    def answered(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        return iam.answer(operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answered)
    return iam


def test_an_identity_that_may_do_all_is_in_order(dev: Environment, simulation: Simulation) -> None:
    assert list(permissions(SESSION, dev)) == [
        Finding("permissions", "ok", f"{CI} may deploy, as far as IAM simulates it")
    ]
    assert {each["PolicySourceArn"] for each in simulation.asked} == {CI}
    assert [each["ResourceArns"] for each in simulation.asked] == [
        [ROLE],
        ["arn:aws:sagemaker:eu-west-1:111111111111:pipeline/*"],
        ["arn:aws:s3:::penstock-dev/code/*"],
        ["arn:aws:dynamodb:eu-west-1:111111111111:table/deployments"],
    ]


def test_a_role_that_may_not_be_passed_is_broken(dev: Environment, simulation: Simulation) -> None:
    simulation.denied = {"iam:PassRole": "implicitDeny", "s3:PutObject": "explicitDeny"}
    assert list(permissions(CI, dev)) == [
        Finding(
            "permissions",
            "broken",
            f"{CI} may not iam:PassRole on {ROLE}",
            "Give these credentials the right to iam:PassRole on it.",
        ),
        Finding(
            "permissions",
            "warning",
            f"{CI} may not s3:PutObject on arn:aws:s3:::penstock-dev/code/*",
            "Give these credentials the right to s3:PutObject on it.",
        ),
    ]


def test_a_simulation_that_is_refused_is_a_warning(
    dev: Environment, simulation: Simulation
) -> None:
    answer = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    simulation.refusal = ClientError(answer, "SimulatePrincipalPolicy")
    assert list(permissions(SESSION, dev)) == [
        Finding(
            "permissions",
            "warning",
            f"what {SESSION} may do cannot be seen",
            "Give these credentials the rights to iam:SimulatePrincipalPolicy and iam:GetRole "
            "on themselves.",
        )
    ]


def test_the_root_user_is_not_simulated(dev: Environment, simulation: Simulation) -> None:
    root = "arn:aws:iam::111111111111:root"
    assert list(permissions(root, dev)) == [
        Finding(
            "permissions",
            "warning",
            f"IAM does not simulate what {root} may do",
            "Sign in as a role or a user.",
        )
    ]
    assert simulation.asked == []
