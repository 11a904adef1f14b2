mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-events"
  bucket_arn  = "arn:aws:s3:::shop-dev-events"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  partitions  = [{ name = "date", query = ".time[0:10]" }]
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name        = "shop dev events"
    bucket_arn  = "arn:aws:s3:::shop-dev-events/folder"
    kms_key_arn = "alias/shop-dev"
    prefix      = "/events"
    partitions  = []
    buffer      = { megabytes = 1 }
  }
  expect_failures = [var.name, var.bucket_arn, var.kms_key_arn, var.prefix, var.partitions, var.buffer]
}

run "a_wait_that_firehose_does_not_have_and_an_error_prefix_that_is_no_folder_are_refused" {
  command = plan
  variables {
    error_prefix = "errors"
    partitions   = [{ name = "Date", query = ".time" }]
    buffer       = { seconds = 30 }
  }
  expect_failures = [var.error_prefix, var.partitions, var.buffer]
}

run "a_query_that_would_break_the_others_is_refused" {
  command = plan
  variables { partitions = [{ name = "date", query = ".time,other:.x" }] }
  expect_failures = [var.partitions]
}

run "folders_that_overlap_two_partitions_of_one_name_and_an_alarm_that_always_rings_are_refused" {
  command = plan
  variables {
    prefix             = "events/"
    error_prefix       = "events/errors/"
    partitions         = [{ name = "date", query = ".time[0:10]" }, { name = "date", query = ".time[0:7]" }]
    late_after_seconds = 300
  }
  expect_failures = [var.error_prefix, var.partitions, var.late_after_seconds]
}
