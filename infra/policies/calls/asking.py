"""What each operation asks of IAM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from infra.policies.calls import (
    deliveries,
    functions,
    items,
    jobs,
    messages,
    models,
    objects,
    rows,
    sealing,
    stacks,
)
from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.errors import PolicyError, Problem
from infra.policies.question import Question

_EVENTS = "events.amazonaws.com"
Asked = Callable[[Call, Keys], Iterator[Question]]

_KNOWN: Mapping[str, Mapping[str, Asked]] = {
    "cloudformation": {
        "CreateStack": stacks.of_stack,
        "DescribeStackEvents": stacks.of_stack,
        "DescribeStacks": stacks.of_stack,
        "UpdateStack": stacks.of_stack,
    },
    "cloudwatch": {"PutMetricData": jobs.of_metrics},
    "codepipeline": {
        "GetPipelineExecution": deliveries.of_delivery,
        "GetPipelineState": deliveries.of_delivery,
        "ListActionExecutions": deliveries.of_delivery,
        "PutApprovalResult": deliveries.of_gate,
        "PutJobFailureResult": deliveries.of_job,
        "PutJobSuccessResult": deliveries.of_job,
        "StartPipelineExecution": deliveries.of_delivery,
    },
    "dynamodb": {
        "DeleteItem": items.of_item,
        "GetItem": items.of_item,
        "PutItem": items.of_item,
        "Query": items.of_item,
        "TransactWriteItems": items.transaction,
        "UpdateItem": items.of_item,
    },
    "ecr": {
        "BatchCheckLayerAvailability": jobs.of_repository,
        "BatchGetImage": jobs.of_repository,
        "GetAuthorizationToken": jobs.login,
        "GetDownloadUrlForLayer": jobs.of_repository,
    },
    "events": {"PutEvents": messages.put_events},
    "glue": {
        "CreateTable": rows.of_table,
        "GetDatabase": rows.of_database,
        "GetTable": rows.of_table,
        "UpdateTable": rows.of_table,
    },
    "kms": {
        "DescribeKey": sealing.of_key,
        "GetPublicKey": sealing.of_key,
        "Sign": sealing.seal,
        "Verify": sealing.seal,
    },
    "lambda": {"Invoke": functions.invoke},
    "logs": {
        "CreateLogGroup": functions.of_log_group,
        "CreateLogStream": functions.of_log_stream,
        "DescribeLogStreams": functions.of_log_group,
        "PutLogEvents": functions.of_log_stream,
    },
    "s3": {
        "AbortMultipartUpload": objects.give_up,
        "CompleteMultipartUpload": objects.put_together,
        "CreateMultipartUpload": objects.write_part,
        "GetBucketAcl": objects.of_bucket,
        "GetBucketLocation": objects.of_bucket,
        "GetBucketVersioning": objects.of_bucket,
        "GetObject": objects.read_object,
        "HeadObject": objects.head_object,
        "ListMultipartUploads": objects.list_uploads,
        "ListObjectsV2": objects.list_objects,
        "ListParts": objects.list_parts,
        "PutObject": objects.write_object,
        "UploadPart": objects.write_part,
    },
    "sagemaker": {
        "CreateModel": jobs.of_model,
        "CreateModelPackage": models.create_package,
        "CreateProcessingJob": jobs.of_job,
        "CreateTrainingJob": jobs.of_job,
        "CreateTransformJob": jobs.of_job,
        "DescribeModel": jobs.of_model,
        "DescribeModelPackage": models.of_package,
        "DescribeModelPackageGroup": models.of_group,
        "DescribePipeline": models.of_pipeline,
        "DescribePipelineDefinitionForExecution": models.of_execution,
        "DescribePipelineExecution": models.of_execution,
        "DescribeProcessingJob": jobs.of_job,
        "DescribeTrainingJob": jobs.of_job,
        "DescribeTransformJob": jobs.of_job,
        "ListModelPackages": models.of_packages,
        "ListPipelineExecutionSteps": models.of_execution,
        "ListPipelineExecutions": models.of_pipeline,
        "ListTags": models.of_tags,
        "StartPipelineExecution": models.of_pipeline,
        "StopProcessingJob": jobs.of_job,
        "StopTrainingJob": jobs.of_job,
        "StopTransformJob": jobs.of_job,
        "UpdateModelPackage": models.update_package,
    },
    "secretsmanager": {"GetSecretValue": rows.of_secret},
    "sns": {"Publish": messages.publish},
    "sqs": {
        "ChangeMessageVisibility": messages.of_queue,
        "DeleteMessage": messages.of_queue,
        "GetQueueAttributes": messages.of_queue,
        "ReceiveMessage": messages.receive,
        "SendMessage": messages.send,
    },
    "sts": {"AssumeRole": sealing.take_role, "GetCallerIdentity": sealing.who_am_i},
}


def asked(call: Call, keys: Keys) -> list[Question]:
    """Return what a call asks of IAM; all of it has to be allowed.

    Args:
        call: The call.
        keys: ARNs of the keys of KMS by the ARN of what they encrypt.

    Raises:
        PolicyError: What the operation asks for is not known.
    """
    known = _KNOWN.get(call.service, {}).get(call.operation)
    if known is None:
        what = f"what {call.service}:{call.operation} asks of IAM is not known."
        remedy = "Add it to infra/policies/calls/asking.py."
        raise PolicyError(Problem(what, call.role, remedy))
    questions = list(known(call, keys))
    return [_told(call, each) for each in questions] if call.source else questions


def _told(call: Call, question: Question) -> Question:
    """Add what a service tells of whom it acts for.

    KMS is told nothing where EventBridge sends to what is encrypted (SNS Developer Guide,
    "Managing Amazon SNS encryption keys").
    """
    if question.action.startswith("kms:") and call.role == _EVENTS:
        return question
    source = {"aws:SourceArn": call.source, "aws:SourceAccount": call.source.split(":")[4]}
    return replace(question, context={**question.context, **source})
