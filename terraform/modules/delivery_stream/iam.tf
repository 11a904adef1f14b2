resource "aws_iam_role" "this" {
  name               = "${var.name}-delivery"
  description        = "Lets Firehose put what ${var.name} is given into its bucket"
  assume_role_policy = module.trust_policy.json
}

resource "aws_iam_role_policy" "this" {
  name   = "deliver"
  role   = aws_iam_role.this.id
  policy = module.policy.json
}

module "trust_policy" {
  source = "../policy_document"

  # Firehose gives the account as external id, and no source ARN: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
  statements = [{
    sid        = "Firehose"
    principals = { Service = ["firehose.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [{ test = "StringEquals", variable = "sts:ExternalId", values = [local.account] }]
  }]
}

module "policy" {
  source = "../policy_document"

  statements = [
    {
      sid        = "PutObjects"
      actions    = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources  = ["${var.bucket_arn}/${var.prefix}*", "${var.bucket_arn}/${var.error_prefix}*"]
      conditions = [local.own_account]
    },
    {
      sid        = "FindBucket"
      actions    = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      resources  = [var.bucket_arn]
      conditions = [local.own_account]
    },
    {
      sid        = "EncryptObjects"
      actions    = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources  = [var.kms_key_arn]
      conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = ["s3.${local.region}.amazonaws.com"] }]
    },
    {
      sid       = "WriteLog"
      actions   = ["logs:PutLogEvents"]
      resources = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/kinesisfirehose/${var.name}:log-stream:delivery"]
    },
  ]
}

locals {
  own_account = { test = "StringEquals", variable = "s3:ResourceAccount", values = [local.account] }
}
