resource "aws_kinesis_stream" "this" {
  name            = "${local.name}-orders"
  shard_count     = 1
  encryption_type = "KMS"
  kms_key_id      = module.key.key_arn
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/events/${local.name}-journal"
  retention_in_days = 365
  kms_key_id        = module.key.key_arn
}

resource "aws_s3_bucket" "lake" { bucket = "${local.name}-lake" }

resource "aws_kinesis_firehose_delivery_stream" "this" {
  for_each = toset(["events", "changes"])

  name        = "${local.name}-${each.key}"
  destination = "extended_s3"

  extended_s3_configuration {
    role_arn           = aws_iam_role.firehose.arn
    bucket_arn         = aws_s3_bucket.lake.arn
    prefix             = "${each.key}/"
    buffering_interval = 60
  }
}

resource "aws_iam_role" "firehose" {
  name = "${local.name}-firehose"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Firehose", Effect = "Allow", Principal = { Service = ["firehose.amazonaws.com"] }, Action = ["sts:AssumeRole"] }]
  })
}
