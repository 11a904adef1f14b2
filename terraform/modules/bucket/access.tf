resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["s3:*"]
      Resource  = [local.arn, "${local.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }],
    [for key, writer in var.allowed_writers : {
      Sid       = "Allow${join("", [for word in regexall("[A-Za-z0-9]+", key) : title(word)])}"
      Effect    = "Allow"
      Principal = { Service = [writer.service] }
      Action    = ["s3:PutObject"]
      Resource  = ["${local.arn}/${writer.prefix}*"]
      Condition = {
        ArnEquals    = { "aws:SourceArn" = [writer.source_arn] }
        StringEquals = { "aws:SourceAccount" = [data.aws_caller_identity.this.account_id] }
      }
    }],
  ) })

  # S3 rejects concurrent changes to a bucket's access settings.
  depends_on = [aws_s3_bucket_public_access_block.this, aws_s3_bucket_ownership_controls.this]
}
