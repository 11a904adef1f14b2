# What Lambda or the provider would refuse at apply only, or not at all.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
locals {
  batches = merge(
    { for key, source in var.queue_sources : "queue_sources.${key}" => source },
    { for key, source in var.stream_sources : "stream_sources.${key}" => source },
  )

  batch_problems = { for name, source in local.batches : name => concat(
    flatten([for pattern, problems in module.filters.problems : problems if startswith(pattern, "${name} ")]),
    [for problem, found in {
      "batch_size must be 1 to 10000"                                 = source.batch_size < 1 || source.batch_size > 10000
      "window_seconds must be 0 to 300"                               = source.window_seconds < 0 || source.window_seconds > 300
      "filter_patterns must be at most 5"                             = length(source.filter_patterns) > 5
      "filter_patterns must be JSON texts of objects: use jsonencode" = !alltrue([for pattern in source.filter_patterns : can(keys(jsondecode(pattern)))])
    } : problem if found],
  ) }

  queue_problems = { for key, source in var.queue_sources : key => concat(local.batch_problems["queue_sources.${key}"], [for problem, found in {
    "visibility_timeout_seconds must be at least ${6 * var.sizing.timeout_seconds + source.window_seconds} (6 x sizing.timeout_seconds + window_seconds), or SQS hands a message to a second worker while the first still has it" = source.visibility_timeout_seconds < 6 * var.sizing.timeout_seconds + source.window_seconds

    "window_seconds must be at least 1 for a batch_size over 10, because one receive returns at most 10 messages" = source.batch_size > 10 && source.window_seconds < 1

    "maximum_concurrency must be 2 to 1000" = source.maximum_concurrency < 2 || source.maximum_concurrency > 1000
  } : problem if found]) }

  stream_problems = { for key, source in var.stream_sources : key => concat(local.batch_problems["stream_sources.${key}"], [for problem, found in {
    "maximum_record_age_seconds must be 60 to 64800 (18 hours): DynamoDB discards a record after 24 hours, and what is given up on must reach the bucket before that" = source.maximum_record_age_seconds < 60 || source.maximum_record_age_seconds > 64800

    "maximum_retry_attempts must be 0 to 10000; -1 would block the shard for as long as one bad record lives" = source.maximum_retry_attempts < 0 || source.maximum_retry_attempts > 10000
  } : problem if found]) }
}

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
module "filters" {
  source    = "../pattern"
  patterns  = merge([for name, source in local.batches : { for number, pattern in source.filter_patterns : "${name} ${number}" => pattern }]...)
  operators = ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"]
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = var.queue_sources

  function_name                      = aws_lambda_function.this.arn
  event_source_arn                   = each.value.queue_arn
  enabled                            = each.value.enabled
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.window_seconds
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }

  dynamic "filter_criteria" {
    for_each = length(each.value.filter_patterns) > 0 ? [each.value.filter_patterns] : []

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
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
      error_message = "queue_sources.${each.key}: a FIFO queue takes a batch_size of at most 10 and no window_seconds."
    }
  }

  # Lambda checks the role's permissions when the mapping is made.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = var.stream_sources

  function_name                      = aws_lambda_function.this.arn
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
    on_failure {
      destination_arn = each.value.failure_bucket_arn
    }
  }

  dynamic "filter_criteria" {
    for_each = length(each.value.filter_patterns) > 0 ? [each.value.filter_patterns] : []

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
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
      error_message = "stream_sources.${each.key}: failure_bucket_arn must be the ARN of an S3 bucket: only S3 receives the records themselves, a queue or topic gets their position in the stream."
    }
  }

  depends_on = [aws_iam_role_policy.this]
}
