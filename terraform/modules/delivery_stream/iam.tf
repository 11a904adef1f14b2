# Firehose sends the account ID as the external ID, and no source ARN: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
resource "aws_iam_role" "this" {
  name                 = "${var.name}-delivery"
  tags                 = var.tags
  description          = "Lets Firehose write the records of ${var.name} to its bucket"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Firehose"
    Effect    = "Allow"
    Principal = { Service = ["firehose.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = { StringEquals = { "sts:ExternalId" = [local.account_id] } }
  }] })
}

resource "aws_iam_role_policy" "this" {
  name = "deliver"
  role = aws_iam_role.this.id

  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Sid       = "PutObjects"
      Effect    = "Allow"
      Action    = ["s3:AbortMultipartUpload", "s3:PutObject"]
      Resource  = sort(["${var.bucket_arn}/${var.prefix}*", "${var.bucket_arn}/${var.error_prefix}*"])
      Condition = { StringEquals = { "s3:ResourceAccount" = [local.account_id] } }
    },
    {
      Sid       = "ListBucket"
      Effect    = "Allow"
      Action    = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      Resource  = [var.bucket_arn]
      Condition = { StringEquals = { "s3:ResourceAccount" = [local.account_id] } }
    },
    {
      Sid       = "EncryptObjects"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = ["s3.${local.region}.amazonaws.com"] } }
    },
    {
      Sid      = "WriteLog"
      Effect   = "Allow"
      Action   = ["logs:PutLogEvents"]
      Resource = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/kinesisfirehose/${var.name}:log-stream:delivery"]
    },
  ] })
}
