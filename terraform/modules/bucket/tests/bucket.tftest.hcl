mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-till-files"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "objects_are_encrypted_private_and_protected" {
  command = plan
  assert {
    condition = (
      one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
      && one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled
    )
    error_message = "Objects must be encrypted with the customer managed key, through a bucket key."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "All four public-access blocks must be on."
  }
  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Only policies may control access, so access control lists must be off."
  }
  assert {
    condition = jsondecode(aws_s3_bucket_policy.this.policy).Statement == [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["s3:*"]
      Resource  = ["arn:aws:s3:::shop-dev-till-files", "arn:aws:s3:::shop-dev-till-files/*"]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }]
    error_message = "Without writers the policy must only deny plain HTTP."
  }
  assert {
    condition     = length(aws_s3_bucket_notification.this) == 0
    error_message = "Notifications must be off by default."
  }
  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "A destroy must fail while objects exist."
  }
}

run "objects_and_their_old_versions_expire" {
  command = plan
  variables {
    noncurrent_days = 10
    expirations     = { receipts = { prefix = "receipts/", days = 30 }, all = { days = 400 } }
  }
  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket must be versioned."
  }
  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [
        one(rule.noncurrent_version_expiration).noncurrent_days, one(rule.abort_incomplete_multipart_upload).days_after_initiation
      ] if rule.id == "clean-up" && rule.status == "Enabled"
    ] == [[10, 7]]
    error_message = "Old versions and unfinished uploads must expire."
  }
  assert {
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule :
      rule.id => [one(rule.filter).prefix, one(rule.expiration).days, rule.status] if rule.id != "clean-up"
    } == { receipts = ["receipts/", 30, "Enabled"], all = ["", 400, "Enabled"] }
    error_message = "Each expiration must become one rule with its prefix and days."
  }
}

run "writers_notifications_and_deletion_can_be_enabled" {
  command = plan
  variables {
    eventbridge_notifications = true
    deletable                 = true
    allowed_writers           = { till_files = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-source", prefix = "till-files/" } }
  }
  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement if statement.Effect == "Allow"] == [{
      Sid       = "AllowTillFiles"
      Effect    = "Allow"
      Principal = { Service = ["s3.amazonaws.com"] }
      Action    = ["s3:PutObject"]
      Resource  = ["arn:aws:s3:::shop-dev-till-files/till-files/*"]
      Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:s3:::shop-dev-source"] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    }]
    error_message = "The service must be allowed to put objects only under its prefix, for its source in this account."
  }
  assert {
    condition     = aws_s3_bucket_notification.this[0].eventbridge && aws_s3_bucket.this.force_destroy
    error_message = "The bucket must send its events to the default bus, and a destroy must delete its objects."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name            = "till.files.shop"
    kms_key_arn     = "alias/shop-dev"
    expirations     = { receipts = { days = 0 } }
    allowed_writers = { any_service = { service = "*", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "reports/" } }
  }
  expect_failures = [var.name, var.kms_key_arn, var.expirations, var.allowed_writers]
}

run "an_invalid_expiration_key_and_a_writer_for_any_source_are_refused" {
  command = plan
  variables {
    expirations     = { "All Receipts" = { days = 30 } }
    allowed_writers = { reports = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::*", prefix = "reports/" } }
  }
  expect_failures = [var.expirations, var.allowed_writers]
}

run "a_writer_for_the_entire_bucket_is_refused" {
  command = plan
  variables { allowed_writers = { reports = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "" } } }
  expect_failures = [var.allowed_writers]
}
