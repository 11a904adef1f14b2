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
        Resource = local.owned[environment].dynamodb
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketVersioning",
          "s3:PutBucketPublicAccessBlock", "s3:PutBucketOwnershipControls", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
          "s3:PutBucketNotification", "s3:PutBucketLogging", "s3:PutBucketTagging",
        ]
        Resource = local.owned[environment].s3
      },
      {
        # Lambda reads a package with the rights of whoever creates the function.
        Sid      = "Packages"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource = ["arn:${local.partition}:s3:::${var.project}-${environment}-packages-*/*"]
      },
      {
        Sid    = "Secrets"
        Effect = "Allow"
        Action = [
          "secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret", "secretsmanager:RestoreSecret",
          "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy", "secretsmanager:TagResource", "secretsmanager:UntagResource",
        ]
        Resource = local.owned[environment].secretsmanager
      },
      {
        Sid      = "Parameters"
        Effect   = "Allow"
        Action   = ["ssm:PutParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"]
        Resource = ["arn:${local.partition}:ssm:${local.regional}:parameter/${var.project}/${environment}/*"]
      },
      {
        Sid       = "NewKeys"
        Effect    = "Allow"
        Action    = ["kms:CreateKey", "kms:TagResource"]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:RequestTag/project" = var.project, "aws:RequestTag/environment" = environment } }
      },
      {
        Sid    = "OwnedKeys"
        Effect = "Allow"
        Action = [
          "kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:UpdateKeyDescription", "kms:ScheduleKeyDeletion",
          "kms:TagResource", "kms:UntagResource", "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias",
        ]
        Resource  = ["arn:${local.partition}:kms:${local.regional}:key/*"]
        Condition = { StringEquals = { "aws:ResourceTag/project" = var.project, "aws:ResourceTag/environment" = environment } }
      },
      {
        Sid      = "KeyAliases"
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]
        Resource = ["arn:${local.partition}:kms:${local.regional}:alias/${var.project}-${environment}*"]
      },
      {
        # Tables and functions take the environment's key by a grant that the service makes for itself.
        Sid      = "LetServicesUseTheKey"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant"]
        Resource = ["arn:${local.partition}:kms:${local.regional}:key/*"]
        Condition = {
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = { "aws:ResourceTag/project" = var.project, "aws:ResourceTag/environment" = environment }
        }
      },
      {
        # Setting a key on a function, a connection's secret or a parameter encrypts with the caller's rights.
        Sid      = "EncryptThroughServices"
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]
        Resource = ["arn:${local.partition}:kms:${local.regional}:key/*"]
        Condition = {
          StringEquals = { "aws:ResourceTag/project" = var.project, "aws:ResourceTag/environment" = environment }
          StringLike   = { "kms:ViaService" = ["lambda.${var.region}.amazonaws.com", "s3.${var.region}.amazonaws.com", "secretsmanager.${var.region}.amazonaws.com", "ssm.${var.region}.amazonaws.com"] }
        }
      },
    ]
  }
}
