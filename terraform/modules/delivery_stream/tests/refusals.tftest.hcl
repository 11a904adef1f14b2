mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-events"
  bucket_arn  = "arn:aws:s3:::shop-dev-events"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  partitions  = [{ name = "date", query = ".time[0:10]" }]
}

run "refuses_names_and_arns_that_aws_would_refuse" {
  command = plan

  variables {
    name        = "shop dev events"
    bucket_arn  = "arn:aws:s3:::shop-dev-events/folder"
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.name, var.bucket_arn, var.kms_key_arn]
}

run "refuses_folders_that_overlap" {
  command = plan

  variables {
    prefix       = "events/"
    error_prefix = "events/errors/"
  }

  expect_failures = [var.error_prefix]
}

run "refuses_a_prefix_that_is_no_folder" {
  command = plan

  variables {
    prefix = "/events"
  }

  expect_failures = [var.prefix]
}

run "refuses_an_error_prefix_that_is_no_folder" {
  command = plan

  variables {
    error_prefix = "errors"
  }

  expect_failures = [var.error_prefix]
}

run "refuses_to_do_without_partitions" {
  command = plan

  variables {
    partitions = []
  }

  expect_failures = [var.partitions]
}

run "refuses_partitions_that_are_no_folders_of_their_own" {
  command = plan

  variables {
    partitions = [{ name = "Date", query = ".time" }]
  }

  expect_failures = [var.partitions]
}

run "refuses_two_partitions_of_one_name" {
  command = plan

  variables {
    partitions = [{ name = "date", query = ".time[0:10]" }, { name = "date", query = ".time[0:7]" }]
  }

  expect_failures = [var.partitions]
}

run "refuses_a_query_that_would_break_the_others" {
  command = plan

  variables {
    partitions = [{ name = "date", query = ".time,other:.x" }]
  }

  expect_failures = [var.partitions]
}

run "refuses_a_size_that_firehose_does_not_have" {
  command = plan

  variables {
    buffer = { megabytes = 1 }
  }

  expect_failures = [var.buffer]
}

run "refuses_a_wait_that_firehose_does_not_have" {
  command = plan

  variables {
    buffer = { seconds = 30 }
  }

  expect_failures = [var.buffer]
}

run "refuses_an_alarm_that_always_rings" {
  command = plan

  variables {
    late_after_seconds = 300
  }

  expect_failures = [var.late_after_seconds]
}
