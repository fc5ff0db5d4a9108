"""The bootstrap's policies let CloudFormation make and read back what the stacks hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from not_used import NO_ACTIONS, NOT_GIVEN, NOT_USED
from resource_handlers import is_action, names_resources, permissions, settings
from synthesis import ROOT, Documents

from infra.cdk.bootstrap.__main__ import main
from infra.cdk.bootstrap.account import account_of
from infra.cdk.bootstrap.policies import LARGEST_POLICY, policies_of, size
from infra.cdk.described import described
from infra.cdk.naming import Names
from infra.policies import Estate, Identity, Principal, Request, Template, parse_policy, read_keys
from penstock.environments import load_environments, parse_environments
from penstock.errors import RequestError

TEXT = (ROOT / "environments.yaml").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden" / "bootstrap-prod.json"
ENVIRONMENTS = ("dev", "pre-prod", "prod", "tooling")
ACTED_ON = {
    "AWS::Events::EventBusPolicy": "EventBusName",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}
"""What a type without an ARN of its own is about."""

PASSED_TO = {
    "AWS::CodePipeline::Pipeline": "codepipeline",
    "AWS::Events::Rule": "events",
    "AWS::Lambda::Function": "lambda",
    "AWS::SageMaker::Pipeline": "sagemaker",
    "AWS::Scheduler::Schedule": "scheduler",
}
HANDLERS = ("create", "read", "update")


def policies(name: str, text: str = TEXT) -> dict[str, dict[str, Any]]:
    return policies_of(account_of(parse_environments(text, "environments.yaml"), name))


@dataclass(frozen=True)
class Asked:
    """Something that a handler asks for."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """A resource of a template, where it is deployed."""

    names: Names
    stack: str
    logical: str
    body: Mapping[str, Any]
    estate: Estate
    keys: Mapping[str, str]

    @property
    def kind(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body["Properties"]
        return found

    def asks(self) -> Iterator[Asked]:
        """Yield what its handlers ask for."""
        retained = self.body.get("DeletionPolicy") == "Retain"
        for handler in HANDLERS if retained else (*HANDLERS, "delete"):
            for permission in permissions(self.kind, handler):
                if permission not in unneeded(self.kind):
                    yield from self._asked(permission)

    def _asked(self, action: str) -> Iterator[Asked]:
        if action in ("iam:GetRole", "iam:PassRole"):
            for role in self._roles():
                to = f"{PASSED_TO[self.kind]}.amazonaws.com"
                passed = {"iam:PassedToService": to} if action == "iam:PassRole" else {}
                yield Asked(action, role, passed)
        elif action.startswith("s3:GetObject"):
            code = self.properties["Code"]
            yield Asked(action, f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}")
        elif self.kind == "AWS::Lambda::EventSourceMapping":
            yield self._of_source(action)
        elif not names_resources(action):
            yield Asked(action, "*")
        elif action.startswith("kms:"):
            yield from self._of_key(action)
        elif action == "scheduler:DeleteSchedule" and self.kind == "AWS::Scheduler::ScheduleGroup":
            yield Asked(action, f"{self._arn().replace('schedule-group/', 'schedule/')}/any")
        else:
            yield Asked(action, self._arn())

    def _roles(self) -> list[str]:
        """Return the roles of the account that it names."""
        account = f"arn:aws:iam::{self.names.account}:"
        return [
            role
            for name, role in settings(self.properties)
            if name in ("Role", "RoleArn") and isinstance(role, str) and role.startswith(account)
        ]

    def _of_source(self, action: str) -> Asked:
        mapping = self.names.arn("lambda", "event-source-mapping:5e1b2f3a")
        resource = mapping if names_resources(action) else "*"
        return Asked(action, resource, {"lambda:FunctionArn": self._arn()})

    def _of_key(self, action: str) -> Iterator[Asked]:
        if self.kind == "AWS::DynamoDB::Table":
            through = {"kms:ViaService": f"dynamodb.{self.names.region}.amazonaws.com"}
            yield Asked(action, self.keys[self._arn()], through)
            return
        yield Asked(action, self._arn())
        if self.kind == "AWS::KMS::Alias":
            yield Asked(action, self._named(self.properties["TargetKeyId"]))

    def _arn(self) -> str:
        if self.kind not in ACTED_ON:
            return self.estate.resource(f"{self.stack}/{self.logical}")
        about = self.properties.get(ACTED_ON[self.kind])
        if about is None:
            assert self.kind == "AWS::Events::EventBusPolicy"
            return self.names.default_bus
        return self._named(about[0] if isinstance(about, list) else about)

    def _named(self, value: Mapping[str, str] | str) -> str:
        if isinstance(value, str):
            return value
        return self.estate.resource(f"{self.stack}/{value['Ref']}")


def unneeded(kind: str) -> set[str]:
    """Return what no template of ours makes a type's handlers need."""
    by_property = " ".join(NOT_USED.get(kind, {}).values()).split()
    return {*by_property, *NO_ACTIONS, *(each for type_, each in NOT_GIVEN if type_ == kind)}


@pytest.fixture(scope="session")
def resources(templates: Documents, deployed: list[Template], estate: Estate) -> list[Resource]:
    """All resources of the stacks that CloudFormation makes with these policies."""
    environments, keys = load_environments(ROOT / "environments.yaml"), read_keys(deployed)
    return [
        Resource(Names(environments.get(told.environment)), stack, logical, body, estate, keys)
        for stack, document in templates.items()
        for told in [described(document)]
        if told.stack != "access"
        for logical, body in document["Resources"].items()
    ]


def refused(resources: list[Resource], estate: Estate) -> list[str]:
    """Return what the policies of its account refuse a handler, a line each."""
    estate = estate.plus(
        Identity(
            Principal.role(Names(each).cloudformation_role()),
            tuple(parse_policy(policy) for policy in policies(each.name).values()),
        )
        for each in load_environments(ROOT / "environments.yaml")
        if each.name in ENVIRONMENTS
    )
    found = set()
    for resource in resources:
        role = Principal.role(resource.names.cloudformation_role())
        for each in resource.asks():
            account = resource.names.account if each.resource.count(":") > 4 else ""
            request = Request(role, each.action, each.resource, each.context, account)
            if not estate.decide(request).is_allowed:
                found.add(f"{resource.kind}: {each.action} on {each.resource}")
    return sorted(found)


def test_cloudformation_may_do_what_the_handlers_of_every_resource_ask(
    resources: list[Resource], estate: Estate
) -> None:
    assert len({each.kind for each in resources}) >= 24
    assert refused(resources, estate) == []


def test_an_action_that_is_left_out_is_found(
    resources: list[Resource], estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.cdk.bootstrap import keeping

    fewer = tuple(each for each in keeping._QUEUES if each != "sqs:ListQueueTags")
    monkeypatch.setattr(keeping, "_QUEUES", fewer)
    some = [each for each in resources if each.logical == "SchedulesDeadQueue"]
    found = refused([each for each in some if each.stack == "penstock-dev-workload"], estate)
    assert found == [
        "AWS::SQS::Queue: sqs:ListQueueTags on "
        "arn:aws:sqs:eu-west-1:111111111111:penstock-dev-schedules-dead"
    ]


def test_what_is_not_asked_for_belongs_to_properties_that_no_template_sets(
    resources: list[Resource],
) -> None:
    given = {
        (each.kind, name)
        for each in resources
        for name, value in settings(each.properties)
        if value is not False
    }
    assert [
        (kind, name) for kind, names in NOT_USED.items() for name in names if (kind, name) in given
    ] == []


def test_nothing_is_excused_that_no_handler_asks_for(resources: list[Resource]) -> None:
    kinds = {each.kind for each in resources}
    asked = {
        (kind, each)
        for kind in kinds
        for handler in (*HANDLERS, "delete")
        for each in permissions(kind, handler)
    }
    excused = {
        (kind, each)
        for kind, names in NOT_USED.items()
        for listed in names.values()
        for each in listed.split()
    }
    assert excused - asked == set()
    assert set(NOT_GIVEN) - asked == set()
    assert {each for each in NO_ACTIONS if is_action(each)} == set()
    assert NO_ACTIONS - {each for _, each in asked} == set()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_action_is_named_whole_and_exists(name: str) -> None:
    actions = sorted(
        action
        for policy in policies(name).values()
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
    )
    assert [each for each in actions if not is_action(each)] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_whatever_can_be_named_is_named(name: str) -> None:
    unnamed = {
        action
        for policy in policies(name).values()
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
        if "*" in listed(statement["Resource"])
    }
    named = {each for each in unnamed if names_resources(each)}
    # They ask for a condition instead: a function of ours; and reading alarms, all or none.
    sources = {"lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"}
    assert named == {"cloudwatch:DescribeAlarms", *(sources if name != "tooling" else ())}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_policy_fits_where_iam_keeps_it(name: str) -> None:
    sizes = {part: size(policy) for part, policy in policies(name).items()}
    assert list(sizes) == ["keeping", "running"]
    assert max(sizes.values()) < LARGEST_POLICY - 1500


def test_nobody_becomes_more_through_cloudformation() -> None:
    """No role is made or changed, and only roles of ours are handed to services that need them."""
    for name in ENVIRONMENTS:
        statements = [
            each
            for policy in policies(name).values()
            for each in policy["Statement"]
            if any(action.startswith("iam:") for action in listed(each["Action"]))
        ]
        assert {each["Action"] for each in statements} <= {"iam:PassRole", "iam:GetRole"}
        for each in statements:
            account = parse_environments(TEXT, "environments.yaml").get(name).account
            ours = f"arn:aws:iam::{account}:role/penstock-"
            assert all(role.startswith(ours) for role in listed(each["Resource"]))
            if each["Action"] == "iam:PassRole":
                assert list(each["Condition"]) == ["StringEquals"]
                services = listed(each["Condition"]["StringEquals"]["iam:PassedToService"])
                known = {f"{service}.amazonaws.com" for service in PASSED_TO.values()}
                assert set(services) <= known


def test_keys_are_kept_and_used_by_what_their_own_policies_say() -> None:
    """No statement of CloudFormation's lets it change or use a key that somebody else made."""
    for name in ENVIRONMENTS:
        about_keys = {
            each["Sid"]: listed(each["Action"])
            for each in policies(name)["keeping"]["Statement"]
            if listed(each["Action"])[0].startswith("kms:")
        }
        assert about_keys == {
            "Keys": ["kms:CreateKey", "kms:ListAliases"],
            "TagKeys": ["kms:TagResource"],
            "Aliases": ["kms:CreateAlias", "kms:UpdateAlias"],
        }
        assert "kms:" not in json.dumps(policies(name)["running"])


def test_no_policy_reaches_another_account() -> None:
    for name in ENVIRONMENTS:
        others = {"111111111111", "222222222222", "333333333333", "444444444444"}
        others -= {parse_environments(TEXT, "environments.yaml").get(name).account}
        assert not [each for each in others if each in json.dumps(policies(name))]


def test_names_come_from_the_file() -> None:
    text = TEXT.replace("s3://penstock-prod-artifacts", "s3://acme-results/of/prod")
    text = text.replace("bucket=penstock-prod-ledger", "bucket=acme-ledger")
    text = text.replace("records: penstock-deployments", "records: acme-records")
    text = text.replace("333333333333:role/penstock-execution", "333333333333:role/team/acme-jobs")
    made = policies("prod", text)
    buckets, _, tables = made["keeping"]["Statement"][:3]
    assert buckets["Resource"] == [
        "arn:aws:s3:::acme-ledger",
        "arn:aws:s3:::acme-results",
        "arn:aws:s3:::penstock-prod-access-logs-333333333333",
        "arn:aws:s3:::penstock-prod-models",
    ]
    assert tables["Resource"] == [
        "arn:aws:dynamodb:eu-west-1:333333333333:table/acme-records",
        "arn:aws:dynamodb:eu-west-1:333333333333:table/penstock-approvals",
        "arn:aws:dynamodb:eu-west-1:333333333333:table/penstock-prod-promotions",
    ]
    passed = made["running"]["Statement"][-1]
    assert passed["Resource"] == "arn:aws:iam::333333333333:role/team/acme-jobs"


def test_stages_that_share_an_account_share_its_policies() -> None:
    text = TEXT.replace("111111111111", "222222222222")
    text = text.replace("records: penstock-deployments", "records: penstock-dev-deployments", 1)
    assert policies("dev", text) == policies("pre-prod", text)
    rules = next(
        each for each in policies("dev", text)["running"]["Statement"] if each["Sid"] == "Rules"
    )
    assert rules["Resource"] == [
        "arn:aws:events:eu-west-1:222222222222:rule/penstock-dev-*",
        "arn:aws:events:eu-west-1:222222222222:rule/penstock-pre-prod-*",
    ]


def test_a_policy_that_is_too_large_is_refused() -> None:
    one = TEXT[TEXT.index("  dev:") : TEXT.index("  pre-prod:")]
    more = "".join(
        one.replace("  dev:", f"  dev-{'long-' * 4}{index:02}:")
        .replace("penstock-dev-", f"penstock-dev-{index}-")
        .replace("records: penstock-", f"records: penstock-{index}-")
        for index in range(7)
    )
    with pytest.raises(RequestError) as refusal:
        policies("dev", TEXT.replace("  pre-prod:", f"{more}  pre-prod:", 1))
    assert [str(each) for each in refusal.value.problems] == [
        "environments.yaml: the policy 'keeping' of account 111111111111 has 8626 characters; IAM "
        "takes 6144. Put fewer environments into the account.",
        "environments.yaml: the policy 'running' of account 111111111111 has 9388 characters; IAM "
        "takes 6144. Put fewer environments into the account.",
    ]


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PENSTOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cdk.bootstrap", *arguments],
        env={**inherited, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_prints_the_policies_of_an_account(request: pytest.FixtureRequest) -> None:
    done = run("prod")
    assert (done.returncode, done.stderr) == (0, "")
    if request.config.getoption("--update-goldens"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == GOLDEN.read_text(encoding="utf-8")


def test_the_command_prints_one_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tooling", "keeping"]) == 0
    assert json.loads(capsys.readouterr().out) == policies("tooling")["keeping"]


def test_an_environment_that_is_unknown_or_in_no_account_is_told(tmp_path: Path) -> None:
    done = run("prd")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "infra.cdk.bootstrap: environments.yaml: there is no environment 'prd'. Did you mean prod? "
        "Use one of: dev, pre-prod, prod, tooling.\n"
    )
    file = tmp_path / "elsewhere.yaml"
    done = run("dev", PENSTOCK_ENVIRONMENTS=str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"infra.cdk.bootstrap: {file}: there is no file of environments. Work in the project's "
        "root, or write the file: `pipeline schema environments` shows its keys.\n"
    )


def test_a_part_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["prod", "roles"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(
        "argument part: invalid choice: 'roles' (choose from 'keeping', 'running')\n"
    )


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
