mock_provider "aws" { source = "../../testing" }

variables {
  name       = "shop-dev-consumer"
  code       = { package = "./tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
  invocation = { mode = "polled" }
}

run "a_queue_is_polled_in_batches_that_can_fail_partially" {
  command = plan
  variables {
    sizing = { timeout_seconds = 20 }
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"
        visibility_timeout_seconds = 125
        batch_size                 = 50
        window_seconds             = 5
        maximum_concurrency        = 4
        filter_patterns            = [jsonencode({ body = { status = ["paid"] } })]
        event_count_metrics        = true
      }
    }
  }
  assert {
    condition = (
      aws_lambda_event_source_mapping.queue["orders"].batch_size == 50
      && aws_lambda_event_source_mapping.queue["orders"].maximum_batching_window_in_seconds == 5
      && aws_lambda_event_source_mapping.queue["orders"].scaling_config[0].maximum_concurrency == 4
      && aws_lambda_event_source_mapping.queue["orders"].function_response_types == toset(["ReportBatchItemFailures"])
      && aws_lambda_event_source_mapping.queue["orders"].enabled
    )
    error_message = "The mapping must have the configured batch size, window and concurrency, and only failed messages may return to the queue."
  }
  assert {
    condition     = one(aws_lambda_event_source_mapping.queue["orders"].metrics_config).metrics == toset(["EventCount"])
    error_message = "With `event_count_metrics`, the mapping must publish event count metrics."
  }
  assert {
    condition     = one(one(aws_lambda_event_source_mapping.queue["orders"].filter_criteria).filter).pattern == jsonencode({ body = { status = ["paid"] } })
    error_message = "The event source mapping must have the filter pattern."
  }
  assert {
    condition     = module.dead_letter_queue[0].settings.name == "shop-dev-consumer-function-dlq"
    error_message = "A queue consumer must have a dead-letter queue for the messages it quarantines."
  }
}

run "a_stream_record_is_retried_for_12_hours_then_stored_in_full" {
  command = plan
  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
      }
    }
  }
  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["orders"].maximum_record_age_in_seconds == 43200
      && aws_lambda_event_source_mapping.stream["orders"].maximum_retry_attempts == 10000
    )
    error_message = "A record must be retried until it is 12 hours old; the number of attempts must be finite, but too high to end the retries sooner."
  }
  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["orders"].bisect_batch_on_function_error
      && aws_lambda_event_source_mapping.stream["orders"].function_response_types == toset(["ReportBatchItemFailures"])
    )
    error_message = "One poison record must not fail its whole batch."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.stream["orders"].starting_position == "TRIM_HORIZON"
    error_message = "Records written while the mapping is created must not be missed."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.stream["orders"].destination_config[0].on_failure[0].destination_arn == "arn:aws:s3:::shop-dev-failures"
    error_message = "Records that still fail after all retries must go to the bucket."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables["FAILURE_BUCKET"] == "shop-dev-failures"
    error_message = "The function must receive the name of the bucket, for records it quarantines."
  }
  assert {
    condition     = length(module.dead_letter_queue) == 0
    error_message = "A stream reader must have no dead-letter queue: two images of an item can be too large for a message."
  }
  assert {
    condition = (
      module.alarms.alarms["shop-dev-consumer-iterator-age"].metric_name == "IteratorAge"
      && module.alarms.alarms["shop-dev-consumer-iterator-age"].threshold == 900000
    )
    error_message = "The alarm must fire after 15 minutes, well before the stream discards records after 24 hours."
  }
}

run "settings_of_a_stream_source_are_applied" {
  command = plan
  variables {
    stream_sources = {
      orders = {
        stream_arn             = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn     = "arn:aws:s3:::shop-dev-failures"
        batch_size             = 500
        window_seconds         = 2
        parallelization_factor = 10
        filter_patterns        = [jsonencode({ eventName = ["REMOVE"] })]
        enabled                = false
      }
    }
  }
  assert {
    condition = (
      aws_lambda_event_source_mapping.stream["orders"].batch_size == 500
      && aws_lambda_event_source_mapping.stream["orders"].maximum_batching_window_in_seconds == 2
      && aws_lambda_event_source_mapping.stream["orders"].parallelization_factor == 10
      && aws_lambda_event_source_mapping.stream["orders"].enabled == false
      && one(one(aws_lambda_event_source_mapping.stream["orders"].filter_criteria).filter).pattern == jsonencode({ eventName = ["REMOVE"] })
    )
    error_message = "All settings of the mapping must be applied."
  }
}
