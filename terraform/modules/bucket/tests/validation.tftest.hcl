mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-till-files"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "a_name_with_dots_is_refused" {
  command = plan

  variables {
    name = "till.files.shop"
  }

  expect_failures = [var.name]
}

run "a_key_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "an_expiry_of_no_days_is_refused" {
  command = plan

  variables {
    expirations = { receipts = { days = 0 } }
  }

  expect_failures = [var.expirations]
}

run "an_expiry_with_an_unreadable_name_is_refused" {
  command = plan

  variables {
    expirations = { "All Receipts" = { days = 30 } }
  }

  expect_failures = [var.expirations]
}

run "versions_that_are_not_kept_are_refused" {
  command = plan

  variables {
    noncurrent_days = 0
  }

  expect_failures = [var.noncurrent_days]
}

run "a_writer_that_is_no_service_is_refused" {
  command = plan

  variables {
    allowed_writers = { anybody = { service = "*", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "logs/" } }
  }

  expect_failures = [var.allowed_writers]
}

run "a_writer_for_every_source_is_refused" {
  command = plan

  variables {
    allowed_writers = { logs = { service = "logging.s3.amazonaws.com", source_arn = "arn:aws:s3:::*", prefix = "logs/" } }
  }

  expect_failures = [var.allowed_writers]
}

run "a_writer_to_the_whole_bucket_is_refused" {
  command = plan

  variables {
    allowed_writers = { logs = { service = "logging.s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-other", prefix = "" } }
  }

  expect_failures = [var.allowed_writers]
}
