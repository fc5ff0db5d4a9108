"""What handlers ask for only if a property is set that no template of ours sets."""

NOT_USED: dict[str, dict[str, str]] = {
    "AWS::CodePipeline::Pipeline": {
        "DisableInboundStageTransitions": (
            "codepipeline:DisableStageTransition codepipeline:EnableStageTransition"
        ),
        "RestartExecutionOnUpdate": "codepipeline:StartPipelineExecution",
        # Of an action's configuration.
        "ConnectionArn": "codestar-connections:PassConnection",
    },
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": "dynamodb:UpdateContributorInsights",
        "ImportSourceSpecification": (
            "dynamodb:DescribeImport dynamodb:ImportTable logs:CreateLogGroup "
            "logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams "
            "logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject s3:ListBucket"
        ),
        "KinesisStreamSpecification": (
            "dynamodb:DisableKinesisStreamingDestination "
            "dynamodb:EnableKinesisStreamingDestination "
            "dynamodb:UpdateKinesisStreamingDestination kinesis:DescribeStream kinesis:PutRecords"
        ),
        "ResourcePolicy": "dynamodb:DeleteResourcePolicy dynamodb:PutResourcePolicy",
        "TimeToLiveSpecification": "dynamodb:UpdateTimeToLive",
        # Only AWS::DynamoDB::GlobalTable has them; they are filled by reading and writing.
        "Replicas": (
            "dynamodb:AssociateTableReplica dynamodb:BatchWriteItem dynamodb:CreateTableReplica "
            "dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan "
            "dynamodb:UpdateItem iam:CreateServiceLinkedRole"
        ),
    },
    "AWS::ECR::Repository": {
        "EncryptionConfiguration": "kms:CreateGrant kms:DescribeKey kms:RetireGrant",
        "LifecyclePolicy": "ecr:DeleteLifecyclePolicy ecr:PutLifecyclePolicy",
    },
    "AWS::Events::EventBus": {
        "KmsKeyIdentifier": (
            "kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey "
            "kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom kms:ReEncryptTo"
        ),
    },
    "AWS::KMS::Key": {"Enabled": "kms:DisableKey kms:EnableKey"},
    "AWS::Lambda::EventSourceMapping": {
        "KmsKeyArn": "kms:Decrypt kms:DescribeKey kms:GenerateDataKey"
    },
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": "lambda:PassCapacityProvider",
        "CodeSigningConfigArn": (
            "lambda:DeleteFunctionCodeSigningConfig lambda:GetCodeSigningConfig "
            "lambda:PutFunctionCodeSigningConfig"
        ),
        "FileSystemConfigs": "elasticfilesystem:DescribeMountTargets s3files:ListMountTargets",
        "FunctionScalingConfig": "lambda:PutFunctionScalingConfig",
        "KmsKeyArn": (
            "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey"
        ),
        "Layers": "lambda:GetLayerVersion",
        "PublishToLatestPublished": "lambda:PublishVersion",
        "RecursiveLoop": "lambda:PutFunctionRecursionConfig",
        "RuntimeManagementConfig": "lambda:PutRuntimeManagementConfig",
        "VpcConfig": (
            "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets "
            "ec2:DescribeVpcs"
        ),
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": "logs:PutBearerTokenAuthentication",
        "DataProtectionPolicy": (
            "firehose:TagDeliveryStream logs:CreateLogDelivery logs:PutDataProtectionPolicy"
        ),
        "DeletionProtectionEnabled": "logs:PutLogGroupDeletionProtection",
        "FieldIndexPolicies": "logs:DeleteIndexPolicy logs:PutIndexPolicy",
        "ResourcePolicyDocument": "logs:DeleteResourcePolicy logs:PutResourcePolicy",
    },
    "AWS::S3::Bucket": {
        "AbacStatus": "s3:PutBucketAbac",
        "AccelerateConfiguration": "s3:PutAccelerateConfiguration",
        # Access control lists: the owner enforces that there are none.
        "AccessControl": "s3:PutBucketAcl s3:PutObjectAcl",
        "AnalyticsConfigurations": "s3:PutAnalyticsConfiguration",
        "CorsConfiguration": "s3:PutBucketCORS",
        "IntelligentTieringConfigurations": "s3:PutIntelligentTieringConfiguration",
        "InventoryConfigurations": "s3:PutInventoryConfiguration",
        "MetadataTableConfiguration": (
            "s3:CreateBucketMetadataTableConfiguration s3:DeleteBucketMetadataTableConfiguration "
            "s3tables:CreateNamespace s3tables:CreateTable s3tables:CreateTableBucket "
            "s3tables:GetTable s3tables:GetTableMetadataLocation s3tables:PutTableBucketPolicy "
            "s3tables:PutTableEncryption s3tables:PutTablePolicy "
            "s3tables:UpdateTableMetadataLocation"
        ),
        "MetadataConfiguration": (
            "s3:UpdateBucketMetadataAnnotationTableConfiguration "
            "s3:UpdateBucketMetadataInventoryTableConfiguration "
            "s3:UpdateBucketMetadataJournalTableConfiguration"
        ),
        "MetricsConfigurations": "s3:PutMetricsConfiguration",
        "NotificationConfiguration": "s3:PutBucketNotification",
        "ReplicationConfiguration": "s3:PutReplicationConfiguration",
        "WebsiteConfiguration": "s3:DeleteBucketWebsite s3:PutBucketWebsite",
    },
    "AWS::SNS::Topic": {"DataProtectionPolicy": "sns:PutDataProtectionPolicy"},
    "AWS::SageMaker::Pipeline": {"PipelineDefinitionS3Location": "s3:GetObject"},
}
"""Permissions by type and by the property that they are for; set to false is not set."""

NOT_GIVEN = {
    ("AWS::S3::Bucket", "s3:DeleteObject"): (
        "No property is said to need it, and what buckets hold is not CloudFormation's to delete."
    ),
}
"""What is kept from CloudFormation though a handler asks for it, and why."""

NO_ACTIONS = frozenset(
    {
        "kms:ReEncrypt",
        "lambda:AssociateRuntimeAlias",
        "s3:DeleteBucketAnalyticsConfiguration",
        "s3:DeleteBucketCors",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketMetricsConfiguration",
        "s3:DeleteBucketReplication",
        "s3:GetObjectMetadata",
        "s3:PutBucketReplication",
        "s3:PutObjectLockConfiguration",
        "s3:REST.PUT.OBJECT",
    }
)
"""What handlers say they need and AWS's list of actions does not have: no policy can allow it."""
