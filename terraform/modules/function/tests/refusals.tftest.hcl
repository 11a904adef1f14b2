mock_provider "aws" { source = "../../testing" }

variables {
  name          = "shop-dev-warehouse"
  code          = { package = "./tests/package.zip", handler = "example.handler.handler" }
  kms           = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
  invocation    = { mode = "polled" }
  queue_sources = { orders = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders", visibility_timeout_seconds = 600 } }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name        = "shop-dev-a-function-whose-name-is-longer-than-the-64-characters-of-a-role"
    code        = { package = "./tests/missing.zip", handler = "example.handler.handler" }
    kms         = { key_arn = "alias/shop-dev" }
    environment = { AWS_REGION = "eu-west-1" }
    permissions = { "read orders" = { actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }
  expect_failures = [var.name, var.code, var.kms, var.environment, var.permissions]
}

run "a_non_zip_package_a_key_alias_a_reserved_variable_and_a_wildcard_action_are_refused" {
  command = plan
  variables {
    code        = { package = "./main.tf", handler = "example.handler.handler" }
    kms         = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555", further_key_arns = ["alias/other"] }
    environment = { DEAD_LETTER_QUEUE_URL = "https://example.com/queue" }
    permissions = { read = { actions = ["dynamodb:*"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }
  expect_failures = [var.code, var.kms, var.environment, var.permissions]
}

run "an_unknown_mode_and_a_permission_on_every_resource_are_refused" {
  command = plan
  variables {
    invocation  = { mode = "async" }
    permissions = { read = { actions = ["dynamodb:GetItem"], resources = ["*"] } }
  }
  expect_failures = [var.invocation, var.permissions]
}

run "zero_reserved_concurrency_and_a_permission_without_actions_are_refused" {
  command = plan
  variables {
    sizing      = { reserved_concurrency = 0 }
    permissions = { read = { actions = [], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }
  expect_failures = [var.sizing, var.permissions]
}

run "a_polled_function_without_sources_is_refused" {
  command = plan
  variables { queue_sources = {} }
  expect_failures = [var.queue_sources]
}

run "a_synchronous_function_with_sources_is_refused" {
  command = plan
  variables { invocation = { mode = "synchronous" } }
  expect_failures = [var.queue_sources]
}

run "maximum_concurrency_above_reserved_concurrency_is_refused" {
  command = plan
  variables { sizing = { reserved_concurrency = 9 } }
  expect_failures = [var.queue_sources]
}

run "invalid_queue_sources_are_refused" {
  command = plan
  variables {
    sizing = { timeout_seconds = 30 }
    queue_sources = { for key, source in {
      short_visibility_timeout = { visibility = 184, window = 5 }
      empty_batch              = { batch_size = 0 }
      batch_too_large          = { batch_size = 10001, window = 5 }
      window_too_long          = { window = 301 }
      batch_without_window     = { batch_size = 11 }
      fifo_window              = { suffix = ".fifo", window = 5 }
      fifo_batch               = { suffix = ".fifo", batch_size = 50, window = 5 }
      concurrency_too_low      = { concurrency = 1 }
      concurrency_too_high     = { concurrency = 1001 }
      filter_not_json          = { filters = ["body.status == paid"] }
      filter_unknown_operator  = { filters = ["{\"body\":{\"status\":[{\"prefx\":\"pa\"}]}}"] }
      six_filters              = { filters = [for number in range(6) : jsonencode({ body = { shard = [number] } })] }
      } : key => {
      queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:${key}${lookup(source, "suffix", "")}"
      visibility_timeout_seconds = lookup(source, "visibility", 600)
      batch_size                 = lookup(source, "batch_size", 10)
      window_seconds             = lookup(source, "window", 0)
      maximum_concurrency        = lookup(source, "concurrency", 10)
      filter_patterns            = lookup(source, "filters", [])
    } }
  }
  expect_failures = [
    aws_lambda_event_source_mapping.queue["short_visibility_timeout"], aws_lambda_event_source_mapping.queue["empty_batch"],
    aws_lambda_event_source_mapping.queue["batch_too_large"], aws_lambda_event_source_mapping.queue["window_too_long"],
    aws_lambda_event_source_mapping.queue["batch_without_window"], aws_lambda_event_source_mapping.queue["fifo_window"],
    aws_lambda_event_source_mapping.queue["fifo_batch"], aws_lambda_event_source_mapping.queue["concurrency_too_low"],
    aws_lambda_event_source_mapping.queue["concurrency_too_high"], aws_lambda_event_source_mapping.queue["filter_not_json"],
    aws_lambda_event_source_mapping.queue["filter_unknown_operator"], aws_lambda_event_source_mapping.queue["six_filters"],
  ]
}

run "invalid_stream_sources_are_refused" {
  command = plan
  variables {
    queue_sources = {}
    stream_sources = { for key, source in {
      table_arn               = { label = "" }
      empty_batch             = { batch_size = 0 }
      window_too_long         = { window = 301 }
      record_age_too_high     = { age = 86400 }
      unlimited_attempts      = { attempts = -1 }
      filter_not_json         = { filters = ["INSERT"] }
      filter_unknown_operator = { filters = ["{\"eventName\":[{\"wildcard\":\"IN*\"}]}"] }
      six_filters             = { filters = [for number in range(6) : jsonencode({ eventID = [number] })] }
      } : key => {
      stream_arn                 = "arn:aws:dynamodb:eu-west-1:111122223333:table/${key}${lookup(source, "label", "/stream/2026-01-01T00:00:00.000")}"
      failure_bucket_arn         = "arn:aws:s3:::shop-dev-failures"
      batch_size                 = lookup(source, "batch_size", 100)
      window_seconds             = lookup(source, "window", 0)
      maximum_record_age_seconds = lookup(source, "age", 43200)
      maximum_retry_attempts     = lookup(source, "attempts", 10000)
      filter_patterns            = lookup(source, "filters", [])
    } }
  }
  expect_failures = [
    aws_lambda_event_source_mapping.stream["table_arn"], aws_lambda_event_source_mapping.stream["empty_batch"],
    aws_lambda_event_source_mapping.stream["window_too_long"], aws_lambda_event_source_mapping.stream["record_age_too_high"],
    aws_lambda_event_source_mapping.stream["unlimited_attempts"], aws_lambda_event_source_mapping.stream["filter_not_json"],
    aws_lambda_event_source_mapping.stream["filter_unknown_operator"], aws_lambda_event_source_mapping.stream["six_filters"],
  ]
}

run "a_queue_as_destination_of_failed_records_is_refused" {
  command = plan
  variables {
    queue_sources  = {}
    stream_sources = { orders = { stream_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000", failure_bucket_arn = "arn:aws:sqs:eu-west-1:111122223333:failures" } }
  }
  expect_failures = [aws_lambda_event_source_mapping.stream["orders"]]
}

run "two_failure_buckets_for_one_function_are_refused" {
  command = plan
  variables {
    queue_sources = {}
    stream_sources = { for table in ["orders", "stock"] : table => {
      stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/${table}/stream/2026-01-01T00:00:00.000"
      failure_bucket_arn = "arn:aws:s3:::shop-dev-${table}-failures"
    } }
  }
  expect_failures = [var.stream_sources]
}
