"""What calls ask of IAM, by operation; whole questions are asserted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.policies import PolicyError, Question, Template, load_estate, read_keys
from infra.policies.calls import Call, asked, judge, read_calls, standing_calls

TOOLING, DEV, REGION = "444444444444", "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{TOOLING}:role/worker"
KEY = f"arn:aws:kms:{REGION}:{TOOLING}:key/k"
BUCKET, OBJECT = "arn:aws:s3:::store", "arn:aws:s3:::store/a/b"
PLACE = {"Bucket": "store", "Key": "a/b"}


def arn(service: str, resource: str, account: str = TOOLING) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{resource}"


def call(called: str, error: str = "", /, **parameters: Any) -> Call:
    service, operation = called.split(":")
    return Call(ROLE, "session", REGION, service, operation, parameters, error)


def via(service: str, **context: str) -> dict[str, str]:
    """What KMS hears from a service that asks for somebody."""
    encryption = {f"kms:EncryptionContext:aws:{key}": value for key, value in context.items()}
    return {
        "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
        "kms:CallerAccount": TOOLING,
        "aws:ViaAWSService": "true",
        **encryption,
    }


EVENTS = "events.amazonaws.com"
QUEUE, TOPIC = arn("sqs", "jobs", DEV), arn("sns", "alarms")
TABLE, GROUP = arn("dynamodb", "table/items"), arn("sagemaker", "model-package-group/fraud")
PACKAGE = arn("sagemaker", "model-package/fraud/3", DEV)
FORMING = f"arn:aws:iam::{TOOLING}:role/forming"
PIPELINE = arn("sagemaker", "pipeline/fraud-training")
S3_KEY = via("s3", **{"s3:arn": BUCKET})
SQS_KEY = via("sqs", **{"sqs:arn": QUEUE})
SNS_KEY = via("sns", **{"sns:topicArn": TOPIC})
TABLE_KEY = via("dynamodb", **{"dynamodb:tableName": "items", "dynamodb:subscriberId": TOOLING})
IN_TRANSACTION = {"dynamodb:EnclosingOperation": "TransactWriteItems"}
CREATION = {"s3:ObjectCreationOperation": "true"}
PENDING = {
    "sagemaker:ModelApprovalStatus": "PendingManualApproval",
    "sagemaker:CustomerMetadataProperties/release_digest": "d",
}

EXAMPLES = [
    (
        call("s3:GetObject", **PLACE),
        [Question("s3:GetObject", OBJECT), Question("kms:Decrypt", KEY, S3_KEY)],
    ),
    (
        call("s3:GetObject", **PLACE, VersionId="v"),
        [
            Question("s3:GetObjectVersion", OBJECT, {"s3:VersionId": "v"}),
            Question("kms:Decrypt", KEY, S3_KEY),
        ],
    ),
    (
        call("s3:GetObject", "NoSuchKey", **PLACE),
        [Question("s3:GetObject", OBJECT), Question("s3:ListBucket", BUCKET)],
    ),
    (call("s3:HeadObject", **PLACE), [Question("s3:GetObject", OBJECT)]),
    (
        call("s3:HeadObject", "404", **PLACE),
        [Question("s3:GetObject", OBJECT), Question("s3:ListBucket", BUCKET)],
    ),
    (
        call("s3:HeadObject", **PLACE, ChecksumMode="ENABLED"),
        [Question("s3:GetObject", OBJECT), Question("kms:Decrypt", KEY, S3_KEY)],
    ),
    (
        call("s3:PutObject", **PLACE, IfNoneMatch="*"),
        [
            Question("s3:PutObject", OBJECT, {**CREATION, "s3:if-none-match": "*"}),
            Question("kms:GenerateDataKey", KEY, S3_KEY),
        ],
    ),
    (
        call("s3:PutObject", Bucket="plain", Key="a", IfMatch="e"),
        [
            Question("s3:PutObject", "arn:aws:s3:::plain/a", {**CREATION, "s3:if-match": "e"}),
            Question("s3:GetObject", "arn:aws:s3:::plain/a"),
        ],
    ),
    *(
        (
            call(f"s3:{operation}", **PLACE),
            [
                Question("s3:PutObject", OBJECT, {"s3:ObjectCreationOperation": "false"}),
                Question("kms:GenerateDataKey", KEY, S3_KEY),
            ],
        )
        for operation in ("CreateMultipartUpload", "UploadPart")
    ),
    (
        call("s3:CompleteMultipartUpload", **PLACE, IfNoneMatch="*"),
        [
            Question("s3:PutObject", OBJECT, {**CREATION, "s3:if-none-match": "*"}),
            Question("kms:GenerateDataKey", KEY, S3_KEY),
            Question("kms:Decrypt", KEY, S3_KEY),
        ],
    ),
    (call("s3:AbortMultipartUpload", **PLACE), [Question("s3:AbortMultipartUpload", OBJECT)]),
    (
        call("s3:ListParts", **PLACE),
        [Question("s3:ListMultipartUploadParts", OBJECT), Question("kms:Decrypt", KEY, S3_KEY)],
    ),
    (
        call("s3:ListMultipartUploads", Bucket="store", Prefix="a/"),
        [Question("s3:ListBucketMultipartUploads", BUCKET)],
    ),
    (
        call("s3:ListObjectsV2", Bucket="store", Prefix="a/", Delimiter="/"),
        [Question("s3:ListBucket", BUCKET, {"s3:prefix": "a/", "s3:delimiter": "/"})],
    ),
    (call("s3:ListObjectsV2", Bucket="store", Prefix=""), [Question("s3:ListBucket", BUCKET)]),
    (
        call(
            "dynamodb:TransactWriteItems",
            TransactItems=[
                {"Put": {"TableName": "plain"}},
                {"ConditionCheck": {"TableName": TABLE}},
            ],
        ),
        [
            Question("dynamodb:PutItem", arn("dynamodb", "table/plain"), IN_TRANSACTION),
            Question("dynamodb:ConditionCheckItem", TABLE, IN_TRANSACTION),
            Question("kms:Decrypt", KEY, TABLE_KEY),
        ],
    ),
    (
        call("dynamodb:GetItem", TableName="items"),
        [Question("dynamodb:GetItem", TABLE), Question("kms:Decrypt", KEY, TABLE_KEY)],
    ),
    (
        call("sqs:SendMessage", QueueUrl=f"http://127.0.0.1:5000/{DEV}/jobs"),
        [
            Question("sqs:SendMessage", QUEUE),
            Question("kms:GenerateDataKey", KEY, SQS_KEY),
            Question("kms:Decrypt", KEY, SQS_KEY),
        ],
    ),
    (
        call("sqs:ReceiveMessage", QueueUrl=f"https://sqs.{REGION}.amazonaws.com/{DEV}/jobs"),
        [Question("sqs:ReceiveMessage", QUEUE), Question("kms:Decrypt", KEY, SQS_KEY)],
    ),
    (
        call("sqs:DeleteMessage", QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{DEV}/jobs"),
        [Question("sqs:DeleteMessage", f"arn:aws:sqs:us-east-1:{DEV}:jobs")],
    ),
    (
        call("sns:Publish", TopicArn=TOPIC),
        [
            Question("sns:Publish", TOPIC),
            Question("kms:GenerateDataKey", KEY, SNS_KEY),
            Question("kms:Decrypt", KEY, SNS_KEY),
        ],
    ),
    (
        call("events:PutEvents", Entries=[{"Source": "penstock", "DetailType": "Passed"}]),
        [
            Question(
                "events:PutEvents",
                arn("events", "event-bus/default"),
                {
                    "events:source": "penstock",
                    "events:detail-type": "Passed",
                    "events:eventBusInvocation": "false",
                },
            )
        ],
    ),
    (
        call("kms:Sign", KeyId="alias/seal", SigningAlgorithm="ECDSA_SHA_256"),
        [
            Question(
                "kms:Sign",
                arn("kms", "alias/seal"),
                {
                    "kms:SigningAlgorithm": "ECDSA_SHA_256",
                    "kms:MessageType": "RAW",
                    "kms:CallerAccount": TOOLING,
                },
            )
        ],
    ),
    (
        call("sts:AssumeRole", RoleArn=f"arn:aws:iam::{DEV}:role/r", RoleSessionName="me"),
        [Question("sts:AssumeRole", f"arn:aws:iam::{DEV}:role/r", {"sts:RoleSessionName": "me"})],
    ),
    (call("sts:GetCallerIdentity"), []),
    (
        call(
            "sagemaker:CreateModelPackage",
            ModelPackageGroupName="fraud",
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties={"release_digest": "d"},
        ),
        [
            Question("sagemaker:CreateModelPackage", GROUP, PENDING),
            Question(
                "sagemaker:CreateModelPackage", arn("sagemaker", "model-package/fraud/1"), PENDING
            ),
        ],
    ),
    (
        call(
            "sagemaker:UpdateModelPackage",
            ModelPackageArn=PACKAGE,
            ModelApprovalStatus="Approved",
            CustomerMetadataPropertiesToRemove=["a", "b"],
        ),
        [
            Question(
                "sagemaker:UpdateModelPackage",
                PACKAGE,
                {
                    "sagemaker:ModelApprovalStatus": "Approved",
                    "sagemaker:CustomerMetadataPropertiesToRemove": ("a", "b"),
                },
            )
        ],
    ),
    (
        call("sagemaker:DescribeModelPackage", ModelPackageName=PACKAGE),
        [Question("sagemaker:DescribeModelPackage", PACKAGE)],
    ),
    (
        call("sagemaker:ListModelPackages", ModelPackageGroupName="fraud"),
        [Question("sagemaker:ListModelPackages", arn("sagemaker", "model-package/fraud/*"))],
    ),
    (
        call("sagemaker:StartPipelineExecution", PipelineName="fraud-training"),
        [Question("sagemaker:StartPipelineExecution", PIPELINE)],
    ),
    (
        call("sagemaker:ListPipelineExecutionSteps", PipelineExecutionArn=f"{PIPELINE}/x"),
        [Question("sagemaker:ListPipelineExecutionSteps", f"{PIPELINE}/x")],
    ),
    (
        call("codepipeline:PutJobSuccessResult", jobId="j"),
        [Question("codepipeline:PutJobSuccessResult", "*")],
    ),
    (
        call("codepipeline:StartPipelineExecution", name="delivery"),
        [Question("codepipeline:StartPipelineExecution", arn("codepipeline", "delivery"))],
    ),
    (
        call("codepipeline:PutApprovalResult", pipelineName="p", stageName="s", actionName="a"),
        [Question("codepipeline:PutApprovalResult", arn("codepipeline", "p/s/a"))],
    ),
    (
        call("cloudformation:UpdateStack", StackName="s", RoleARN=FORMING),
        [
            Question("cloudformation:UpdateStack", arn("cloudformation", "stack/s/id")),
            Question(
                "iam:PassRole", FORMING, {"iam:PassedToService": "cloudformation.amazonaws.com"}
            ),
        ],
    ),
    (
        call("cloudformation:DescribeStacks", StackName="s"),
        [Question("cloudformation:DescribeStacks", arn("cloudformation", "stack/s/id"))],
    ),
    (
        call("lambda:Invoke", FunctionName="f"),
        [Question("lambda:InvokeFunction", arn("lambda", "function:f"))],
    ),
    (
        call("logs:PutLogEvents", logGroupName="/l", logStreamName="s"),
        [Question("logs:PutLogEvents", arn("logs", "log-group:/l:log-stream:s"))],
    ),
]


@pytest.mark.parametrize(("made", "questions"), EXAMPLES, ids=lambda each: str(each)[:40])
def test_a_call_asks_for(made: Call, questions: list[Question]) -> None:
    assert asked(made, dict.fromkeys((BUCKET, QUEUE, TOPIC, TABLE), KEY)) == questions


def test_a_service_tells_for_whom_it_acts_but_eventbridge_does_not_tell_kms() -> None:
    rule, alarm = arn("events", "rule/passed"), arn("cloudwatch", "alarm:full")
    sent = Call(EVENTS, "", REGION, "sns", "Publish", {"TopicArn": TOPIC}, source=rule)
    told = Call(
        "cloudwatch.amazonaws.com", "", REGION, "sns", "Publish", {"TopicArn": TOPIC}, source=alarm
    )
    of_rule = {"aws:SourceArn": rule, "aws:SourceAccount": TOOLING}
    of_alarm = {"aws:SourceArn": alarm, "aws:SourceAccount": TOOLING}
    assert asked(sent, {TOPIC: KEY}) == [
        Question("sns:Publish", TOPIC, of_rule),
        Question("kms:GenerateDataKey", KEY, SNS_KEY),
        Question("kms:Decrypt", KEY, SNS_KEY),
    ]
    assert asked(told, {TOPIC: KEY}) == [
        Question("sns:Publish", TOPIC, of_alarm),
        Question("kms:GenerateDataKey", KEY, {**SNS_KEY, **of_alarm}),
        Question("kms:Decrypt", KEY, {**SNS_KEY, **of_alarm}),
    ]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            call("s3:CopyObject", Bucket="b"),
            f"{ROLE}: what s3:CopyObject asks of IAM is not known. "
            "Add it to infra/policies/calls/asking.py.",
        ),
        (
            call("glue:GetPartitions"),
            f"{ROLE}: what glue:GetPartitions asks of IAM is not known. "
            "Add it to infra/policies/calls/asking.py.",
        ),
        (
            call("sagemaker:CreateModelPackage", Tags=[]),
            f"sagemaker:CreateModelPackage by {ROLE} gives tags, and what that asks for is not "
            "known. Add it to infra/policies/calls/models.py.",
        ),
        (
            call("dynamodb:TransactWriteItems", TransactItems=[{"Get": {"TableName": "t"}}]),
            f"dynamodb:TransactWriteItems by {ROLE}: what Get asks for is not known. "
            "Add it to infra/policies/calls/items.py.",
        ),
        (
            call("sqs:SendMessage", QueueUrl="jobs"),
            f"sqs:SendMessage by {ROLE}: jobs is no address of a queue. "
            "It ends with /ACCOUNT/NAME.",
        ),
        (
            call("sagemaker:ListModelPackages"),
            f"sagemaker:ListModelPackages by {ROLE} has no parameter ModelPackageGroupName. "
            "Add to infra/policies/calls what it means then.",
        ),
    ],
)
def test_what_is_not_known_does_not_pass(made: Call, message: str) -> None:
    with pytest.raises(PolicyError, match=f"^{re.escape(message)}$"):
        asked(made, {})


def test_recorded_calls_are_read_and_every_line_that_is_none_is_told() -> None:
    line = {
        "role": ROLE,
        "session": "session",
        "region": REGION,
        "service": "s3",
        "operation": "HeadObject",
        "parameters": PLACE,
        "error": "404",
    }
    assert read_calls(json.dumps(line)) == [call("s3:HeadObject", "404", **PLACE)]
    with pytest.raises(PolicyError) as refused:
        read_calls(f'{json.dumps(line)}\n{{"role": 1}}\nnothing')
    assert [each.where for each in refused.value.problems] == ["line 2", "line 3"]


def small() -> Template:
    """A role that a function, a rule, a schedule and a delivery have; a queue with a key."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    allowed = {
        "Sid": "Work",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": [OBJECT, "arn:aws:s3:::open/*"],
    }
    role = {
        "RoleName": "worker",
        "AssumeRolePolicyDocument": {"Statement": [{**trust, "Action": "sts:AssumeRole"}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [allowed]}}],
    }
    queue = {"Fn::GetAtt": ["Queue", "Arn"]}
    encrypted = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    source = {"S3Bucket": "store", "S3ObjectKey": "a/b"}
    stages = [
        ("S3", source),
        ("Lambda", {"FunctionName": "work"}),
        ("Manual", {"NotificationArn": TOPIC}),
    ]
    actions: list[dict[str, Any]] = [
        {"ActionTypeId": {"Provider": provider}, "Configuration": settings}
        for provider, settings in stages
    ]
    actions.append(
        {
            "ActionTypeId": {"Provider": "CloudFormation"},
            "Configuration": {"StackName": "mine", "RoleArn": FORMING},
            "RoleArn": ROLE,
        }
    )
    resources = {
        "Role": ("AWS::IAM::Role", role),
        "Key": ("AWS::KMS::Key", {"KeyPolicy": {"Statement": []}}),
        "Queue": (
            "AWS::SQS::Queue",
            {"QueueName": "jobs", "KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
        ),
        "Topic": ("AWS::SNS::Topic", {"TopicName": "alarms", "KmsMasterKeyId": "alias/aws/sns"}),
        "Table": (
            "AWS::DynamoDB::Table",
            {"TableName": "items", "SSESpecification": {"KMSMasterKeyId": "alias/mine"}},
        ),
        "Store": ("AWS::S3::Bucket", {"BucketName": "store"}),
        "Open": (
            "AWS::S3::Bucket",
            {
                "BucketName": "open",
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [encrypted]},
            },
        ),
        "Function": (
            "AWS::Lambda::Function",
            {"FunctionName": "work", "Role": ROLE, "DeadLetterConfig": {"TargetArn": queue}},
        ),
        "Mapping": (
            "AWS::Lambda::EventSourceMapping",
            {"FunctionName": {"Ref": "Function"}, "EventSourceArn": queue},
        ),
        "Schedule": (
            "AWS::Scheduler::Schedule",
            {
                "Name": "daily",
                "Target": {"Arn": arn("lambda", "function:work"), "RoleArn": ROLE},
            },
        ),
        "Rule": (
            "AWS::Events::Rule",
            {
                "Name": "passed",
                "EventPattern": {"source": ["penstock"], "detail-type": ["Passed"]},
                "Targets": [
                    {"Id": "1", "Arn": arn("events", "event-bus/other", DEV), "RoleArn": ROLE},
                    {"Id": "2", "Arn": arn("codepipeline", "delivery"), "RoleArn": ROLE},
                    {"Id": "3", "Arn": queue},
                ],
            },
        ),
        "Alarm": ("AWS::CloudWatch::Alarm", {"AlarmName": "full", "AlarmActions": [TOPIC]}),
        "Delivery": (
            "AWS::CodePipeline::Pipeline",
            {
                "Name": "delivery",
                "RoleArn": ROLE,
                "ArtifactStore": {"Location": "open"},
                "Stages": [{"Actions": actions}],
            },
        ),
    }
    body = {
        "Resources": {
            name: {"Type": kind, "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }
    return Template("small", TOOLING, REGION, body)


def test_what_has_a_key_of_its_own_is_told_with_it() -> None:
    keys = read_keys([small()])
    (key,) = (value for name, value in keys.items() if name == arn("sqs", "jobs"))
    assert key.startswith(arn("kms", "key/"))
    assert keys == {arn("sqs", "jobs"): key, TABLE: arn("kms", "alias/mine")}


def test_what_aws_does_in_roles_by_itself_is_told_from_templates() -> None:
    calls = standing_calls([small()])
    services = [(each.role, each.operation, each.source) for each in calls if each.is_of_service]
    assert services == [
        (EVENTS, "SendMessage", arn("events", "rule/passed")),
        ("cloudwatch.amazonaws.com", "Publish", arn("cloudwatch", "alarm:full")),
    ]
    assert {each.role for each in calls if not each.is_of_service} == {ROLE}
    assert [f"{each.service}:{each.operation}" for each in calls] == [
        *("logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"),
        *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
        *("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
        *("s3:PutObject", "s3:GetObject", "s3:GetObject"),
        *("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"),
        *("s3:GetObject", "s3:GetObject", "lambda:Invoke", "sns:Publish"),
        *("sts:AssumeRole", "s3:GetObject", "s3:GetObject"),
        *("cloudformation:CreateStack", "cloudformation:UpdateStack"),
        *("cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"),
        "lambda:Invoke",
        *("events:PutEvents", "codepipeline:StartPipelineExecution", "sqs:SendMessage"),
        "sns:Publish",
    ]


def test_what_is_refused_is_told_with_its_reason_and_what_nobody_needed_too() -> None:
    estate = load_estate([small()])
    calls = [
        call("s3:GetObject", **PLACE),
        call("s3:GetObject", **PLACE),
        call("s3:GetObject", "NoSuchKey", Bucket="store", Key="a/b"),
    ]
    judgement = judge(estate, calls, {})
    assert [decision.request.action for decision in judgement.allowed] == ["s3:GetObject"]
    assert judgement.refusals == (
        f"s3:GetObject by {ROLE}:\n"
        f"{ROLE}: s3:ListBucket on {BUCKET} is implicitly denied: "
        "nothing allows it in: identity policies"
    )
    assert judgement.surplus == (
        "Allow 'Work' at small/Role Properties.Policies[0].PolicyDocument.Statement[0]: "
        "s3:PutObject"
    )


def test_every_call_that_cannot_be_judged_is_told_at_once() -> None:
    calls = [call("s3:CopyObject"), call("s3:RestoreObject"), call("s3:GetObject", **PLACE)]
    with pytest.raises(PolicyError) as refused:
        judge(load_estate([small()]), calls, {})
    assert [each.what for each in refused.value.problems] == [
        "what s3:CopyObject asks of IAM is not known.",
        "what s3:RestoreObject asks of IAM is not known.",
    ]


def test_a_call_of_nobody_known_does_not_pass() -> None:
    calls = [
        Call(role, "", REGION, "sts", "GetCallerIdentity")
        for role in ("", f"arn:aws:iam::{DEV}:role/elsewhere")
    ]
    with pytest.raises(PolicyError) as refused:
        judge(load_estate([small()]), calls, {})
    assert [str(each) for each in refused.value.problems] == [
        f"sts:GetCallerIdentity by {role}: whose call it is is not known. "
        "Give the template of the role."
        for role in ("nobody", f"arn:aws:iam::{DEV}:role/elsewhere")
    ]
