mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-till-files"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name            = "till.files.shop"
    kms_key_arn     = "alias/shop-dev"
    expirations     = { receipts = { days = 0 } }
    allowed_writers = { anybody = { service = "*", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "logs/" } }
  }
  expect_failures = [var.name, var.kms_key_arn, var.expirations, var.allowed_writers]
}

run "an_unreadable_expiry_and_a_writer_for_every_source_are_refused" {
  command = plan
  variables {
    expirations     = { "All Receipts" = { days = 30 } }
    allowed_writers = { logs = { service = "logging.s3.amazonaws.com", source_arn = "arn:aws:s3:::*", prefix = "logs/" } }
  }
  expect_failures = [var.expirations, var.allowed_writers]
}

run "a_writer_to_the_whole_bucket_is_refused" {
  command = plan
  variables { allowed_writers = { logs = { service = "logging.s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "" } } }
  expect_failures = [var.allowed_writers]
}
