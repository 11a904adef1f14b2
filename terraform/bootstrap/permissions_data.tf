locals {
  data_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "Tables"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:DeleteTable", "dynamodb:UpdateTimeToLive",
          "dynamodb:UpdateContinuousBackups", "dynamodb:TagResource", "dynamodb:UntagResource",
        ]
        Resource = local.owned_arns[environment].dynamodb
      },
      {
        # A restore uses the caller's permissions, including those to write the table (docs/runbooks/restore.md).
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
        Sid    = "RestoreOrders"
        Effect = "Allow"
        Action = [
          "dynamodb:RestoreTableToPointInTime", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem",
          "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
        ]
        Resource = ["arn:${local.partition}:dynamodb:${local.region_and_account}:table/${var.project}-${environment}-orders*"]
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketVersioning",
          "s3:PutBucketPublicAccessBlock", "s3:PutBucketOwnershipControls", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
          "s3:PutBucketNotification", "s3:PutBucketTagging",
        ]
        Resource = local.owned_arns[environment].s3
      },
      {
        # Lambda reads a package with the permissions of the function's creator.
        Sid      = "Packages"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObjectVersion"]
        Resource = ["arn:${local.partition}:s3:::${var.project}-${environment}-packages-*/*"]
      },
      {
        # A deployment replaces packages, and a destroy deletes every object version in the deletable buckets.
        Sid      = "EmptyBuckets"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"]
        Resource = contains(var.destroyable, environment) ? local.owned_arns[environment].s3 : ["arn:${local.partition}:s3:::${var.project}-${environment}-packages-*"]
      },
      {
        Sid    = "Secrets"
        Effect = "Allow"
        Action = [
          "secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource",
        ]
        Resource = local.owned_arns[environment].secretsmanager
      },
      {
        Sid      = "Parameters"
        Effect   = "Allow"
        Action   = ["ssm:PutParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"]
        Resource = ["arn:${local.partition}:ssm:${local.region_and_account}:parameter/${var.project}/${environment}/*"]
      },
      {
        # DynamoDB, Lambda, S3 and Secrets Manager use the key on the caller's behalf. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html,
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html,
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-connections.html
        Sid       = "UseKeyThroughServices"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "lambda", "s3", "secretsmanager"] : "${service}.${var.region}.amazonaws.com"] } }
      },
      {
        # DynamoDB, Firehose and Lambda create grants of the key to themselves, on the caller's behalf.
        Sid      = "GrantKeyToServices"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant"]
        Resource = [module.key[environment].key_arn]
        Condition = {
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "firehose", "lambda"] : "${service}.${var.region}.amazonaws.com"] }
        }
      },
      {
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
        Sid       = "EncryptBuses"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKeyWithoutPlaintext"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringLike = { "kms:EncryptionContext:aws:events:event-bus:arn" = local.bus_arns[environment] } }
      },
      {
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
        Sid       = "EncryptSchedules"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringLike = { "kms:EncryptionContext:aws:scheduler:schedule:arn" = local.schedule_arns[environment] } }
      },
    ]
  }
}
