data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

locals { arn = "arn:${data.aws_partition.this.partition}:s3:::${var.name}" }

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:Object-level access is recorded by CloudTrail data events, which are set up once per account for all buckets.
  #checkov:skip=CKV_AWS_144:Objects are packages that can be rebuilt, or files and records that expire; a copy in another Region would outlive them.
  #checkov:skip=CKV2_AWS_62:A bucket sends notifications only if it has a consumer (eventbridge_notifications).
  bucket        = var.name
  tags          = var.tags
  force_destroy = var.deletable
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    id     = "clean-up"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload { days_after_initiation = 7 }

    noncurrent_version_expiration { noncurrent_days = var.noncurrent_days }
  }

  dynamic "rule" {
    for_each = var.expirations
    content {
      id     = rule.key
      status = "Enabled"

      filter { prefix = rule.value.prefix }

      expiration { days = rule.value.days }
    }
  }

  # Noncurrent versions exist only in a versioned bucket.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_notification" "this" {
  count = var.eventbridge_notifications ? 1 : 0

  bucket      = aws_s3_bucket.this.id
  eventbridge = true
}
