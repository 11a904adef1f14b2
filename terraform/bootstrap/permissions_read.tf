locals {
  read_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "ReadOwnedConfiguration"
        Effect = "Allow"
        Action = [
          "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
          "sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:GetDataProtectionPolicy",
          "lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:GetFunctionCodeSigningConfig", "lambda:GetPolicy",
          "lambda:GetFunctionEventInvokeConfig", "lambda:GetFunctionConcurrency", "lambda:GetFunctionRecursionConfig",
          "lambda:GetRuntimeManagementConfig", "lambda:ListVersionsByFunction", "lambda:ListTags",
          "dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
          "dynamodb:DescribeKinesisStreamingDestination",
          "events:DescribeEventBus", "events:DescribeRule", "events:DescribeArchive", "events:DescribeConnection",
          "events:DescribeApiDestination", "events:ListTargetsByRule", "events:ListTagsForResource",
          "firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream",
          "schemas:DescribeRegistry", "schemas:DescribeSchema", "schemas:ListTagsForResource",
          "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
          "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
          "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
          "logs:ListTagsForResource", "logs:DescribeLogStreams", "logs:DescribeSubscriptionFilters", "logs:DescribeMetricFilters",
          "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
          "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
          "s3:GetAccelerateConfiguration", "s3:ListBucket",
        ]
        Resource = flatten(values(local.owned[environment]))
      },
      {
        Sid      = "ReadPackages"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging", "s3:ListBucketVersions"]
        Resource = ["arn:${local.partition}:s3:::${var.project}-${environment}-packages-*"]
      },
      {
        Sid    = "ReadParameters"
        Effect = "Allow"
        Action = ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"]
        Resource = [
          "arn:${local.partition}:ssm:${local.regional}:parameter/${var.project}/${environment}/*",
        ]
      },
      {
        Sid      = "ReadMappingsOfFunctions"
        Effect   = "Allow"
        Action   = ["lambda:GetEventSourceMapping", "lambda:ListTags"]
        Resource = ["arn:${local.partition}:lambda:${local.regional}:event-source-mapping:*"]
      },
      {
        Sid      = "ReadApis"
        Effect   = "Allow"
        Action   = ["apigateway:GET"]
        Resource = ["arn:${local.partition}:apigateway:${var.region}::/apis", "arn:${local.partition}:apigateway:${var.region}::/apis/*", "arn:${local.partition}:apigateway:${var.region}::/tags/*"]
      },
      {
        Sid       = "ReadKeys"
        Effect    = "Allow"
        Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource  = ["arn:${local.partition}:kms:${local.regional}:key/*"]
        Condition = { StringEquals = { "aws:ResourceTag/project" = var.project, "aws:ResourceTag/environment" = environment } }
      },
      {
        # AWS authorises these without a resource of their own.
        Sid    = "ListWhatHasNoArn"
        Effect = "Allow"
        Action = [
          "kms:ListAliases", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
          "sns:GetSubscriptionAttributes", "ssm:DescribeParameters", "lambda:ListEventSourceMappings",
        ]
        Resource = ["*"]
      },
    ]
  }
}
