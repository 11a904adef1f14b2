mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-consumer"
  function    = "example"
  package     = "./tests/package.zip"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  invocation  = "polled"
}

run "a_message_that_reappears_while_it_is_handled_is_refused" {
  command = plan

  variables {
    sizing = { timeout_seconds = 30 }
    queue_sources = {
      orders = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders", visibility_timeout_seconds = 179 }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_visibility_timeout_that_forgets_the_batching_window_is_refused" {
  command = plan

  variables {
    sizing = { timeout_seconds = 30 }
    queue_sources = {
      orders = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders", visibility_timeout_seconds = 180, window_seconds = 5 }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_queue_batch_beyond_the_range_of_lambda_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        batch_size                 = 10001
        window_seconds             = 5
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_queue_window_over_five_minutes_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        window_seconds             = 301
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_large_queue_batch_without_a_window_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        batch_size                 = 50
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_large_batch_of_a_fifo_queue_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders.fifo"
        visibility_timeout_seconds = 600
        batch_size                 = 50
        window_seconds             = 5
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_queue_consumer_of_one_worker_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        maximum_concurrency        = 1
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "more_queue_workers_than_reserved_concurrency_are_refused" {
  command = plan

  variables {
    sizing = { reserved_concurrency = 10 }
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        maximum_concurrency        = 20
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_queue_filter_that_is_no_json_object_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        filter_patterns            = ["body.status == paid"]
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "six_queue_filters_are_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = {
        queue_arn                  = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders"
        visibility_timeout_seconds = 600
        filter_patterns            = [for number in range(6) : jsonencode({ body = { shard = [number] } })]
      }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_table_in_place_of_its_stream_is_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"

      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "a_queue_as_the_place_of_failed_records_is_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:sqs:eu-west-1:111122223333:failures"

      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "two_failure_buckets_for_one_function_are_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
      }
      stock = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/stock/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-other-failures"
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "a_stream_batch_of_nothing_is_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
        batch_size         = 0
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "a_stream_window_over_five_minutes_is_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
        window_seconds     = 301
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "eleven_readers_of_one_shard_are_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn             = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn     = "arn:aws:s3:::shop-dev-failures"
        parallelization_factor = 11
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "records_kept_trying_until_the_stream_forgets_them_are_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn                 = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn         = "arn:aws:s3:::shop-dev-failures"
        maximum_record_age_seconds = 86400
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "endless_attempts_are_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn             = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn     = "arn:aws:s3:::shop-dev-failures"
        maximum_retry_attempts = -1
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "a_stream_filter_that_is_no_json_object_is_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
        filter_patterns    = ["INSERT"]
      }
    }
  }

  expect_failures = [var.stream_sources]
}

run "six_stream_filters_are_refused" {
  command = plan

  variables {
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
        filter_patterns    = [for number in range(6) : jsonencode({ eventID = [number] })]
      }
    }
  }

  expect_failures = [var.stream_sources]
}
