"""What is read from templates, and what is refused instead of guessed."""

from typing import Any

import pytest

from infra.policies import (
    Estate,
    PolicyError,
    Principal,
    Request,
    Template,
    administrator,
    expect_allowed,
    expect_denied,
    load_estate,
    parse_policy,
)
from infra.policies.templates.naming import NAMINGS
from infra.policies.templates.resolver import NO_VALUE, Resolver

ACCOUNT = "111111111111"
ME = administrator(ACCOUNT)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def template(body: dict[str, Any], **settings: Any) -> Template:
    return Template("app", ACCOUNT, "eu-west-1", body, **settings)


def resolve(value: Any, body: dict[str, Any] | None = None, **settings: Any) -> Any:
    """Resolve a value of a template that exports nothing and imports everything."""
    return Resolver(template(body or {}, **settings), lambda name: f"<{name}>").resolve(value)


def estate_of(**resources: Any) -> Estate:
    return load_estate([template({"Resources": resources})]).plus([ME])


def refused(*bodies: dict[str, Any]) -> str:
    named = [
        Template(f"app{index or ''}", ACCOUNT, "eu-west-1", body)
        for index, body in enumerate(bodies)
    ]
    with pytest.raises(PolicyError) as error:
        load_estate(named)
    return str(error.value)


NAMED = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}, "Owner": {"Type": "String"}},
    "Mappings": {"Sizes": {"dev": {"count": "1"}}},
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsNot": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Fn::Equals": ["a", "a"]}]},
        "Either": {"Fn::Or": [{"Condition": "IsNot"}, {"Fn::Equals": ["a", "b"]}]},
    },
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::Sub": "${Stage}-models"}},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "callbacks"}},
    },
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "app"),
        (
            {"Ref": "AWS::StackId"},
            f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/app/app",
        ),
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Bucket"}, "dev-models"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::dev-models"),
        ({"Fn::GetAtt": "Bucket.DomainName"}, "dev-models.s3.amazonaws.com"),
        ({"Ref": "Topic"}, f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms"),
        ({"Ref": "Queue"}, f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/callbacks"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "callbacks"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, {"Ref": "AWS::NoValue"}]]}, "a-dev"),
        (
            {"Fn::Sub": "${Stage}/${Bucket.Arn}/${!aws:username}"},
            "dev/arn:aws:s3:::dev-models/${aws:username}",
        ),
        ({"Fn::Sub": ["${Name}-${Stage}", {"Name": {"Ref": "AWS::Region"}}]}, "eu-west-1-dev"),
        ({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, "b"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}:Key"}}, "<dev:Key>"),
        ({"Fn::If": ["IsDev", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsNot", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Either", "yes", "no"]}, "no"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "count"]}, "1"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, True]}, {"b": [1, True]}),
        ({"Ref": "AWS::NoValue"}, NO_VALUE),
    ],
)
def test_intrinsic_functions_are_resolved(value: Any, expected: Any) -> None:
    """CloudFormation User Guide, "Intrinsic function reference"."""
    assert resolve(value, NAMED) == expected


def test_parameters_have_the_values_that_the_stack_is_deployed_with() -> None:
    value = {"Fn::GetAtt": ["Bucket", "Arn"]}
    assert resolve(value, NAMED, parameters={"Stage": "prod"}) == "arn:aws:s3:::prod-models"
    assert resolve({"Ref": "Owner"}, NAMED, parameters={"Owner": "us"}) == "us"
    assert resolve({"Ref": "AWS::Partition"}, partition="aws-cn") == "aws-cn"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Ref": "Nothing"}, "Ref Nothing cannot be resolved. Name a parameter or a resource."),
        (
            {"Ref": "Owner"},
            "Ref Owner cannot be resolved. Give Template.parameters a value of it.",
        ),
        (
            {"Fn::GetAtt": ["Bucket", "WebsiteURL"]},
            "Fn::GetAtt Bucket.WebsiteURL of AWS::S3::Bucket cannot be resolved. "
            "Known attributes: Arn, DomainName, RegionalDomainName.",
        ),
        (
            {"Fn::Cidr": ["10.0.0.0/16", 2]},
            "Fn::Cidr cannot be resolved. Known: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, "
            "Fn::Split, Fn::ImportValue, Fn::If, Fn::FindInMap.",
        ),
        (
            {"Fn::FindInMap": ["Sizes", "prod", "count"]},
            "Fn::FindInMap ['Sizes', 'prod', 'count'] cannot be resolved. "
            "Declare it under Mappings.",
        ),
        (
            {"Fn::If": ["IsProd", 1, 2]},
            "Condition IsProd cannot be resolved. Declare it under Conditions.",
        ),
        (
            "{{resolve:ssm:/name}}",
            "{{resolve:ssm:/name}} cannot be resolved. "
            "Write the value: a policy is judged as it stands.",
        ),
    ],
)
def test_what_cannot_be_resolved_is_named(value: Any, message: str) -> None:
    with pytest.raises(PolicyError) as error:
        resolve(value, NAMED)
    assert str(error.value) == message


def test_a_type_that_is_not_known_is_named() -> None:
    body = {"Resources": {"Cluster": {"Type": "AWS::Redshift::Cluster", "Properties": {}}}}
    for value, asked in (
        ({"Ref": "Cluster"}, "Ref Cluster"),
        ({"Fn::GetAtt": ["Cluster", "Arn"]}, "Fn::GetAtt Cluster.Arn"),
    ):
        with pytest.raises(PolicyError) as error:
            resolve(value, body)
        assert str(error.value) == (
            f"{asked}: what the type AWS::Redshift::Cluster is called is not known. "
            "Add the type to infra/policies/templates/naming.py."
        )


def test_a_name_that_refers_to_itself_is_refused() -> None:
    body = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Bucket"}}}
        }
    }
    with pytest.raises(PolicyError) as error:
        resolve({"Ref": "Bucket"}, body)
    assert str(error.value) == "Ref Bucket cannot be resolved. It refers to itself."


@pytest.mark.parametrize("kind", sorted(NAMINGS))
def test_every_known_type_has_names_that_differ(kind: str) -> None:
    resource = {"Type": kind, "Properties": {}}
    body = {"Resources": {"First": resource, "Second": resource}}
    arns = [Resolver(template(body), str).arn(logical_id) for logical_id in ("First", "Second")]
    assert len({*arns}) == 2
    for arn in arns:
        assert len(arn.split(":", 5)) == 6
        assert "{" not in arn
    for attribute in NAMINGS[kind].attributes:
        assert resolve({"Fn::GetAtt": ["First", attribute]}, body)
    references = {resolve({"Ref": each}, body) for each in ("First", "Second")}
    assert len(references) == 2
    elsewhere = Template("other", ACCOUNT, "eu-west-1", body)
    assert Resolver(elsewhere, str).arn("First") not in arns


@pytest.mark.parametrize(
    ("kind", "properties", "arn"),
    [
        ("AWS::IAM::Role", {"RoleName": "a", "Path": "/b/"}, "arn:aws:iam::{account}:role/b/a"),
        (
            "AWS::Events::Rule",
            {"Name": "a", "EventBusName": "arn:aws:events:eu-west-1:1:event-bus/bus"},
            "arn:aws:events:eu-west-1:{account}:rule/bus/a",
        ),
        (
            "AWS::Events::Rule",
            {"Name": "a", "EventBusName": "default"},
            "arn:aws:events:eu-west-1:{account}:rule/a",
        ),
        (
            "AWS::Scheduler::Schedule",
            {"Name": "a", "GroupName": "g"},
            "arn:aws:scheduler:eu-west-1:{account}:schedule/g/a",
        ),
        (
            "AWS::SSM::Parameter",
            {"Name": "/a/b"},
            "arn:aws:ssm:eu-west-1:{account}:parameter/a/b",
        ),
        (
            "AWS::IAM::OIDCProvider",
            {"Url": "https://token.example.com"},
            "arn:aws:iam::{account}:oidc-provider/token.example.com",
        ),
        (
            "AWS::KMS::Alias",
            {"AliasName": "alias/a", "TargetKeyId": "1"},
            "arn:aws:kms:eu-west-1:{account}:alias/a",
        ),
    ],
)
def test_arns_are_those_of_aws(kind: str, properties: dict[str, str], arn: str) -> None:
    body = {"Resources": {"It": {"Type": kind, "Properties": properties}}}
    assert Resolver(template(body), str).arn("It") == arn.format(account=ACCOUNT)


def test_stacks_import_from_stacks_of_their_account_and_region() -> None:
    exporting = {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}}},
        "Outputs": {
            "Other": {"Value": "x"},
            "Bucket": {
                "Value": {"Fn::GetAtt": ["Bucket", "Arn"]},
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Bucket"}},
            },
        },
    }
    reads = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": {"Fn::Join": ["", [{"Fn::ImportValue": "storage:Bucket"}, "/*"]]},
    }
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": [reads]}}]
    importing = {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {**ROLE["Properties"], "Policies": policies},
            }
        }
    }
    storage = Template("storage", ACCOUNT, "eu-west-1", exporting)
    estate = load_estate([storage, Template("app", ACCOUNT, "eu-west-1", importing)])
    expect_allowed(
        estate, Request(estate.principal("app/Role"), "s3:GetObject", "arn:aws:s3:::b/file")
    )
    with pytest.raises(PolicyError) as error:
        load_estate([storage, Template("app", ACCOUNT, "eu-west-2", importing)])
    assert str(error.value) == (
        "app/Role Properties.Policies[0].PolicyDocument.Statement[0]: "
        "Fn::ImportValue storage:Bucket cannot be resolved. "
        f"Give the template of {ACCOUNT} in eu-west-2 that exports it."
    )


def grant(principal: Any, action: str, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
        **elements,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


SERVICE = {"Service": "events.amazonaws.com"}
EVENTS = Principal.service("events.amazonaws.com")


@pytest.mark.parametrize(
    ("resources", "action", "covered", "other"),
    [
        (
            {
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
                "Policy": {
                    "Type": "AWS::SNS::TopicPolicy",
                    "Properties": {
                        "Topics": [{"Ref": "Topic"}],
                        "PolicyDocument": grant(SERVICE, "sns:Publish", {"Ref": "Topic"}),
                    },
                },
            },
            "sns:Publish",
            "arn:aws:sns:eu-west-1:{account}:t",
            "arn:aws:sns:eu-west-1:{account}:u",
        ),
        (
            {
                "Policy": {
                    "Type": "AWS::SNS::TopicInlinePolicy",
                    "Properties": {
                        "TopicArn": "arn:aws:sns:eu-west-1:111111111111:t",
                        "PolicyDocument": grant(SERVICE, "sns:Publish"),
                    },
                },
            },
            "sns:Publish",
            "arn:aws:sns:eu-west-1:{account}:t",
            "arn:aws:sns:eu-west-1:{account}:u",
        ),
        (
            {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
                "Policy": {
                    "Type": "AWS::SQS::QueueInlinePolicy",
                    "Properties": {
                        "Queue": {"Ref": "Queue"},
                        "PolicyDocument": grant(SERVICE, "sqs:SendMessage"),
                    },
                },
            },
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:{account}:q",
            "arn:aws:sqs:eu-west-1:{account}:r",
        ),
        (
            {
                "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
                "Policy": {
                    "Type": "AWS::Events::EventBusPolicy",
                    "Properties": {
                        "EventBusName": {"Ref": "Bus"},
                        "StatementId": "s",
                        "Statement": grant(
                            SERVICE, "events:PutEvents", {"Fn::GetAtt": ["Bus", "Arn"]}
                        )["Statement"][0],
                    },
                },
            },
            "events:PutEvents",
            "arn:aws:events:eu-west-1:{account}:event-bus/bus",
            "arn:aws:events:eu-west-1:{account}:event-bus/default",
        ),
        (
            {
                "Policy": {
                    "Type": "AWS::Events::EventBusPolicy",
                    "Properties": {
                        "StatementId": "s",
                        "Statement": grant(SERVICE, "events:PutEvents")["Statement"][0],
                    },
                },
            },
            "events:PutEvents",
            "arn:aws:events:eu-west-1:{account}:event-bus/default",
            "arn:aws:events:eu-west-1:{account}:event-bus/bus",
        ),
        (
            {
                "Repository": {
                    "Type": "AWS::ECR::Repository",
                    "Properties": {
                        "RepositoryName": "images",
                        "RepositoryPolicyText": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Principal": SERVICE,
                                    "Action": "ecr:BatchGetImage",
                                }
                            ],
                        },
                    },
                },
            },
            "ecr:BatchGetImage",
            "arn:aws:ecr:eu-west-1:{account}:repository/images",
            "arn:aws:ecr:eu-west-1:{account}:repository/others",
        ),
        (
            {
                "Policy": {
                    "Type": "AWS::SecretsManager::ResourcePolicy",
                    "Properties": {
                        "SecretId": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:a-123456",
                        "ResourcePolicy": grant(SERVICE, "secretsmanager:GetSecretValue"),
                    },
                },
            },
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:{account}:secret:a-123456",
            "arn:aws:secretsmanager:eu-west-1:{account}:secret:b-123456",
        ),
        (
            {
                "Table": {
                    "Type": "AWS::DynamoDB::Table",
                    "Properties": {
                        "TableName": "t",
                        "ResourcePolicy": {"PolicyDocument": grant(SERVICE, "dynamodb:Query")},
                    },
                },
            },
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:{account}:table/t/index/i",
            "arn:aws:dynamodb:eu-west-1:{account}:table/u",
        ),
        (
            {
                "Policy": {
                    "Type": "AWS::Logs::ResourcePolicy",
                    "Properties": {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Fn::Sub": '{"Version": "2012-10-17", "Statement": [{'
                            '"Effect": "Allow", '
                            '"Principal": {"Service": "events.amazonaws.com"}, '
                            '"Action": "logs:PutLogEvents", "Resource": '
                            '"arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/events/*"}]}'
                        },
                    },
                },
            },
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:{account}:log-group:/events/a:log-stream:b",
            "arn:aws:logs:eu-west-1:{account}:log-group:/others/a:log-stream:b",
        ),
    ],
    ids=[
        "topic",
        "one topic",
        "one queue",
        "bus",
        "default bus",
        "images",
        "secret",
        "table",
        "logs",
    ],
)
def test_policies_on_resources_are_read(
    resources: dict[str, Any], action: str, covered: str, other: str
) -> None:
    estate = estate_of(**resources)
    expect_allowed(estate, Request(EVENTS, action, covered.format(account=ACCOUNT)))
    expect_denied(estate, Request(EVENTS, action, other.format(account=ACCOUNT)))


def test_a_permission_of_a_function_names_its_source() -> None:
    rule = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/r"
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
            "Principal": "events.amazonaws.com",
            "SourceArn": rule,
            "SourceAccount": {"Ref": "AWS::AccountId"},
        },
    }
    for_account = {
        **permission,
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "222222222222",
        },
    }
    stranger = administrator("222222222222")
    estate = estate_of(
        Function={"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f"}},
        Permission=permission,
        ForAccount=for_account,
    ).plus([stranger])
    given = {"aws:SourceArn": rule, "aws:SourceAccount": ACCOUNT}
    expect_allowed(estate, Request(EVENTS, "lambda:InvokeFunction", function, given))
    for left_out in given:
        fewer = {key: value for key, value in given.items() if key != left_out}
        expect_denied(estate, Request(EVENTS, "lambda:InvokeFunction", function, fewer))
    expect_allowed(estate, Request(stranger.principal, "lambda:InvokeFunction", function))
    expect_denied(estate, Request(stranger.principal, "lambda:GetFunction", function))


def test_users_and_policies_by_name_are_read() -> None:
    lists = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": lists}
    estate = estate_of(
        User={"Type": "AWS::IAM::User", "Properties": {"UserName": "ben"}},
        Role={"Type": "AWS::IAM::Role", "Properties": {**ROLE["Properties"], "RoleName": "r"}},
        OfUser={
            "Type": "AWS::IAM::UserPolicy",
            "Properties": {"UserName": "ben", "PolicyDocument": document},
        },
        OfRole={
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {"RoleName": {"Ref": "Role"}, "PolicyDocument": document},
        },
    )
    for place in ("app/User", "app/Role"):
        expect_allowed(estate, Request(estate.principal(place), "sqs:ListQueues", "*"))


def test_what_a_condition_leaves_out_is_not_there() -> None:
    lists = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    absent = {"Fn::If": ["Never", {**lists, "Action": "sqs:*"}, {"Ref": "AWS::NoValue"}]}
    body = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Role": ROLE,
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "Roles": [{"Ref": "Role"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [absent, lists]},
                },
            },
            "Other": {**ROLE, "Condition": "Never"},
        },
    }
    estate = load_estate([template(body)])
    role = estate.principal("app/Role")
    decision = expect_allowed(estate, Request(role, "sqs:ListQueues", "*"))
    assert decision.statements[0].place.path[-1] == 1
    expect_denied(estate, Request(role, "sqs:CreateQueue", "*"))
    assert [each.name for each in estate.principals()] == [role.name]


def test_managed_policies_of_aws_have_to_be_given() -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    body = {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    **ROLE["Properties"],
                    "ManagedPolicyArns": [
                        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, arn[7:]]]}
                    ],
                },
            }
        }
    }
    assert refused(body) == (
        f"app/Role: the managed policy {arn} is not known. "
        "Give its template, or its document as `managed`."
    )
    document = {"Statement": {"Effect": "Allow", "Action": "sqs:List*", "Resource": "*"}}
    estate = load_estate([template(body)], managed={arn: document})
    expect_allowed(estate, Request(estate.principal("app/Role"), "sqs:ListQueues", "*"))


def test_the_organization_limits_an_account() -> None:
    no_queues = {"Statement": {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}}
    levels = ((parse_policy(no_queues, "organization"),),)
    estate = load_estate([], organization={ACCOUNT: levels}).plus([ME])
    expect_denied(estate, Request(ME.principal, "sqs:ListQueues", "*"))


def with_policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {
        "Resources": {
            "Role": ROLE,
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "Roles": [{"Ref": "Role"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                },
            },
        }
    }


AT = "app/Policy Properties.PolicyDocument.Statement[0]"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Conditions": {}},
            f"{AT}: a statement has no element 'Conditions'. Use: Action, Condition, Effect, "
            "NotAction, NotPrincipal, NotResource, Principal, Resource, Sid.",
        ),
        (
            {"Effect": "Permit", "Action": "s3", "NotAction": "sqs:*", "Resource": "bucket"},
            f"{AT}: Action and NotAction exclude one another. Keep one.\n"
            f"{AT}: the effect is 'Permit'. Write Allow or Deny.\n"
            f"{AT}: 's3' is no action. Write service:Action.\n"
            f"{AT}: 'bucket' is no resource. Write an ARN or *.",
        ),
        (
            {"Effect": "Allow", "Resource": "*"},
            f"{AT}: '' is no action. Write service:Action.",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*"},
            f"{AT}: an identity's statement names no resource. Add Resource.",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"},
            f"{AT}: an identity's statement names a principal. Remove Principal.",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "Resource": {"Ref": "Missing"}},
            f"{AT}: Ref Missing cannot be resolved. Name a parameter or a resource.",
        ),
    ],
)
def test_a_statement_that_is_none_is_told_with_its_place(
    statement: dict[str, Any], message: str
) -> None:
    assert refused(with_policy(statement)) == message


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (
            {"Principal": {"AWS": "arn:aws:iam::111111111111:role/*"}},
            "'arn:aws:iam::111111111111:role/*' is no principal. "
            "Write an account, a whole ARN of a role, user or session, or *.",
        ),
        (
            {"Principal": {"Aws": "*"}},
            "'Aws' is no kind of principal. Use one of: AWS, Service, Federated.",
        ),
        (
            {"Principal": "me"},
            '\'me\' names no principals. Write "*" or {"AWS": [...], "Service": [...]}.',
        ),
        ({"NotPrincipal": "*"}, "NotPrincipal goes with Deny only. Name the principals."),
        ({}, "the statement names no principal. Name who it is about."),
    ],
)
def test_a_resource_s_statement_has_to_name_principals(
    element: dict[str, Any], message: str
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **element}
    body = {
        "Resources": {
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": [statement]}},
            }
        }
    }
    assert refused(body) == f"{AT}: {message}"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    first = with_policy({"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::Cidr": []}})
    second = {
        "Resources": {
            "Group": {"Type": "AWS::IAM::Group"},
            "Share": {"Type": "AWS::RAM::ResourceShare", "Properties": {"Name": "s"}},
            "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {}},
            "Access": {
                "Type": "AWS::S3::AccessPoint",
                "Properties": {"Bucket": "b", "Policy": grant("*", "s3:GetObject")},
            },
            "Endpoint": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {"PolicyDocument": grant("*", "s3:*")},
            },
            "Firewall": {
                "Type": "AWS::WAFv2::WebACL",
                "Properties": {"Rules": [{"Statement": {"RateBasedStatement": {}}}]},
            },
            "Attached": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"Roles": ["elsewhere"], "PolicyDocument": {"Statement": []}},
            },
            "Grouped": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"Groups": ["all"], "PolicyDocument": {"Statement": []}},
            },
        }
    }
    assert refused(first, second) == (
        f"{AT}: Fn::Cidr cannot be resolved. Known: Ref, Fn::GetAtt, Fn::Sub, Fn::Join, "
        "Fn::Select, Fn::Split, Fn::ImportValue, Fn::If, Fn::FindInMap.\n"
        f"app1/Attached: it is attached to arn:aws:iam::{ACCOUNT}:role/elsewhere, which no "
        "template holds. Give the role's template.\n"
        "app1/Grouped: groups of users are not read. Attach the policy to a role.\n"
        "app1/Access Properties.Policy: this policy of the type AWS::S3::AccessPoint is not read. "
        "Add the type to infra/policies/templates/attached.py.\n"
        "app1/Group: the type AWS::IAM::Group is not read. Grant it another way.\n"
        "app1/Nested: the type AWS::CloudFormation::Stack is not read. Grant it another way.\n"
        "app1/Share: the type AWS::RAM::ResourceShare is not read. Grant it another way."
    )


def test_two_templates_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyError) as error:
        load_estate([template({}), template({})])
    assert str(error.value) == "app: two templates have this name. Name every template apart."


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            "{",
            "policy: this is not JSON: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1). Mend the document.",
        ),
        ("[]", "policy: this is no policy document. Write an object."),
        (
            {"Version": "2020-01-01", "Statements": []},
            "policy: a policy has no element 'Statements'. Remove it.\n"
            "policy: '2020-01-01' is no version. Write 2012-10-17.",
        ),
    ],
)
def test_a_document_that_is_none_is_refused(document: Any, message: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy(document)
    assert str(error.value) == message
