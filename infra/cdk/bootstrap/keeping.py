"""What CloudFormation may do with things that keep: buckets, tables, keys, images, logs, messages.

Nothing here removes data: the templates retain it, and no action deletes a bucket or a table.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.cdk.bootstrap.account import Account
from infra.cdk.statements import Statement, allow


def keeping(account: Account) -> Iterator[Statement]:
    """Yield the statements."""
    yield allow("Buckets", _BUCKETS, account.buckets())
    yield allow("CodeOfFunctions", ["s3:GetObject", "s3:GetObjectVersion"], account.assets())
    if account.delivers:
        yield allow("Images", _IMAGES, account.named("ecr", "repository/penstock"))
    else:
        yield allow("Tables", _TABLES, account.tables())
    # How a key is kept and what it is used for, its own policy says: `infra.cdk.parts.key`.
    yield allow("Keys", ["kms:CreateKey", "kms:ListAliases"], ["*"])
    yield allow(
        "TagKeys",
        ["kms:TagResource"],
        account.named("kms", "key/*"),
        {
            "StringEquals": {
                "aws:RequestTag/penstock:environment": [
                    each.environment.name for each in account.places
                ]
            }
        },
    )
    yield allow("Aliases", ["kms:CreateAlias", "kms:UpdateAlias"], account.aliases())
    yield allow("Logs", _LOGS, account.ours("logs", "log-group:/aws/lambda/"))
    # The service knows no resource for these.
    yield allow("SeeLogs", _SEE_LOGS, ["*"])
    yield allow("Queues", _QUEUES, account.ours("sqs", ""))
    yield allow("Topics", _TOPICS, account.ours("sns", ""))


_BUCKETS = (
    "s3:CreateBucket",
    "s3:DeleteBucketPolicy",
    "s3:GetAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration",
    "s3:GetBucketAbac",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketMetadataTableConfiguration",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetIntelligentTieringConfiguration",
    "s3:GetInventoryConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetMetricsConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
    "s3:UntagResource",
)
_TABLES = (
    "dynamodb:CreateTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeContributorInsights",
    "dynamodb:DescribeKinesisStreamingDestination",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
)
_IMAGES = (
    "ecr:CreateRepository",
    "ecr:DeleteRepositoryPolicy",
    "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:ListTagsForResource",
    "ecr:PutImageScanningConfiguration",
    "ecr:PutImageTagMutability",
    "ecr:SetRepositoryPolicy",
    "ecr:TagResource",
    "ecr:UntagResource",
)
_LOGS = (
    "logs:AssociateKmsKey",
    "logs:CreateLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "logs:GetDataProtectionPolicy",
    "logs:ListTagsForResource",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
)
_SEE_LOGS = (
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
)
_QUEUES = (
    "sqs:CreateQueue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
    "sqs:UntagQueue",
)
_TOPICS = (
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:TagResource",
    "sns:Unsubscribe",
    "sns:UntagResource",
)
