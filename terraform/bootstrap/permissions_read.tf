locals {
  read_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "ReadOwnedConfiguration"
        Effect = "Allow"
        Action = [
          "sqs:GetQueueAttributes", "sqs:ListQueueTags",
          "sns:GetTopicAttributes", "sns:ListTagsForResource", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetPolicy",
          "lambda:GetFunctionEventInvokeConfig", "lambda:ListVersionsByFunction", "lambda:GetAlias", "dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
          "events:DescribeEventBus", "events:DescribeRule", "events:DescribeArchive", "events:DescribeConnection",
          "events:DescribeApiDestination", "events:ListTargetsByRule", "events:ListTagsForResource",
          "firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream",
          "schemas:DescribeRegistry", "schemas:DescribeSchema", "schemas:ListTagsForResource",
          "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
          "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
          "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
          "logs:ListTagsForResource", "logs:DescribeLogStreams", "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
          "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
          "s3:GetAccelerateConfiguration", "s3:ListBucket",
        ]
        Resource = flatten(values(local.owned_arns[environment]))
      },
      {
        Sid      = "ReadPackages"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging"]
        Resource = ["arn:${local.partition}:s3:::${var.project}-${environment}-packages-*"]
      },
      {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:ListTagsForResource"]
        Resource = ["arn:${local.partition}:ssm:${local.region_and_account}:parameter/${var.project}/${environment}/*"]
      },
      {
        Sid      = "ReadEventSourceMappings"
        Effect   = "Allow"
        Action   = ["lambda:GetEventSourceMapping", "lambda:ListTags"]
        Resource = ["arn:${local.partition}:lambda:${local.region_and_account}:event-source-mapping:*"]
      },
      { Sid = "ReadApis", Effect = "Allow", Action = ["apigateway:GET"], Resource = ["arn:${local.partition}:apigateway:${var.region}::/apis/*"] },
      { Sid = "DescribeKey", Effect = "Allow", Action = ["kms:DescribeKey"], Resource = [module.key[environment].key_arn] },
      {
        # Without this permission Lambda hides a function's environment variables, and every plan would set them again.
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
        Sid       = "ReadFunctionVariables"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringEquals = { "kms:ViaService" = "lambda.${var.region}.amazonaws.com" } }
      },
      {
        # The patterns and targets of rules are encrypted with the key of their bus.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
        Sid       = "ReadRules"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringLike = { "kms:EncryptionContext:aws:events:event-bus:arn" = local.bus_arns[environment] } }
      },
      {
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
        Sid       = "ReadSchedules"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringLike = { "kms:EncryptionContext:aws:scheduler:schedule:arn" = local.schedule_arns[environment] } }
      },
      {
        # These actions work only with the resource `*`, and composite alarms are visible only with it.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        Sid    = "ReadAllResources"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms",
          "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
        "sns:GetSubscriptionAttributes", "ssm:DescribeParameters", ]
        Resource = ["*"]
      },
    ]
  }
}
