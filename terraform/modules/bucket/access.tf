resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = module.policy.json

  # S3 refuses two changes of a bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.this, aws_s3_bucket_ownership_controls.this]
}

module "policy" {
  source = "../policy_document"

  statements = concat(
    [{
      sid        = "DenyPlainHttp"
      effect     = "Deny"
      principals = { AWS = ["*"] }
      actions    = ["s3:*"]
      resources  = [local.arn, "${local.arn}/*"]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    }],
    [
      for key, writer in var.allowed_writers : {
        sid        = "Allow${join("", [for word in regexall("[A-Za-z0-9]+", key) : title(word)])}"
        principals = { Service = [writer.service] }
        actions    = ["s3:PutObject"]
        resources  = ["${local.arn}/${writer.prefix}*"]
        conditions = [
          { test = "ArnEquals", variable = "aws:SourceArn", values = [writer.source_arn] },
          { test = "StringEquals", variable = "aws:SourceAccount", values = [data.aws_caller_identity.this.account_id] },
        ]
      }
    ],
  )
}
