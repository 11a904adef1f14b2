resource "aws_lambda_event_source_mapping" "queue" {
  for_each = var.queue_sources

  function_name                      = aws_lambda_alias.live.arn
  event_source_arn                   = each.value.queue_arn
  enabled                            = each.value.enabled
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.window_seconds
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  scaling_config { maximum_concurrency = each.value.maximum_concurrency }

  dynamic "metrics_config" {
    for_each = each.value.event_count_metrics ? [["EventCount"]] : []
    content { metrics = metrics_config.value }
  }

  dynamic "filter_criteria" {
    for_each = length(each.value.filter_patterns) > 0 ? [each.value.filter_patterns] : []
    content {
      dynamic "filter" {
        for_each = filter_criteria.value
        content { pattern = filter.value }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.queue_problems[each.key]) == 0
      error_message = "queue_sources.${each.key}: ${join("; ", local.queue_problems[each.key])}."
    }
    precondition {
      condition     = !endswith(each.value.queue_arn, ".fifo") || (each.value.batch_size <= 10 && each.value.window_seconds == 0)
      error_message = "queue_sources.${each.key}: a FIFO queue allows a batch_size of at most 10 and no window_seconds."
    }
  }

  # Lambda checks the role's permissions when the mapping is created.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = var.stream_sources

  function_name                      = aws_lambda_alias.live.arn
  event_source_arn                   = each.value.stream_arn
  enabled                            = each.value.enabled
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.window_seconds
  parallelization_factor             = each.value.parallelization_factor
  maximum_record_age_in_seconds      = each.value.maximum_record_age_seconds
  maximum_retry_attempts             = each.value.maximum_retry_attempts
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  destination_config {
    on_failure { destination_arn = each.value.failure_bucket_arn }
  }

  dynamic "metrics_config" {
    for_each = each.value.event_count_metrics ? [["EventCount"]] : []
    content { metrics = metrics_config.value }
  }

  dynamic "filter_criteria" {
    for_each = length(each.value.filter_patterns) > 0 ? [each.value.filter_patterns] : []
    content {
      dynamic "filter" {
        for_each = filter_criteria.value
        content { pattern = filter.value }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.stream_problems[each.key]) == 0
      error_message = "stream_sources.${each.key}: ${join("; ", local.stream_problems[each.key])}."
    }
    precondition {
      condition     = strcontains(each.value.stream_arn, "/stream/")
      error_message = "stream_sources.${each.key}: stream_arn must be the ARN of a DynamoDB stream (.../table/<name>/stream/<label>); got ${each.value.stream_arn}."
    }
    precondition {
      condition     = can(regex("^arn:[a-z-]+:s3:::[^/*]+$", each.value.failure_bucket_arn))
      error_message = "stream_sources.${each.key}: failure_bucket_arn must be the ARN of an S3 bucket: Lambda sends the records themselves only to S3; a queue or topic receives only their position in the stream."
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
