# Checks for values that Lambda or the provider would reject only at apply, or not at all.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
locals {
  sources = merge(
    { for key, source in var.queue_sources : "queue_sources.${key}" => source },
    { for key, source in var.stream_sources : "stream_sources.${key}" => source },
  )

  common_problems = { for name, source in local.sources : name => concat(
    flatten([for pattern, problems in module.filters.problems : problems if startswith(pattern, "${name} ")]),
    [for requirement, is_violated in {
      "batch_size must be 1 to 10000"                        = source.batch_size < 1 || source.batch_size > 10000
      "window_seconds must be 0 to 300"                      = source.window_seconds < 0 || source.window_seconds > 300
      "filter_patterns must have at most 5 entries"          = length(source.filter_patterns) > 5
      "filter_patterns must be JSON objects: use jsonencode" = !alltrue([for pattern in source.filter_patterns : can(keys(jsondecode(pattern)))])
    } : requirement if is_violated],
  ) }

  queue_problems = { for key, source in var.queue_sources : key => concat(local.common_problems["queue_sources.${key}"], [for requirement, is_violated in {
    "visibility_timeout_seconds must be at least ${6 * var.sizing.timeout_seconds + source.window_seconds} (6 x sizing.timeout_seconds + window_seconds), or SQS delivers a message again while it is being processed" = source.visibility_timeout_seconds < 6 * var.sizing.timeout_seconds + source.window_seconds

    "window_seconds must be at least 1 for a batch_size over 10, because one receive returns at most 10 messages" = source.batch_size > 10 && source.window_seconds < 1

    "maximum_concurrency must be 2 to 1000" = source.maximum_concurrency < 2 || source.maximum_concurrency > 1000
  } : requirement if is_violated]) }

  stream_problems = { for key, source in var.stream_sources : key => concat(local.common_problems["stream_sources.${key}"], [for requirement, is_violated in {
    "maximum_record_age_seconds must be 60 to 64800 (18 hours): DynamoDB discards a record after 24 hours, and failed records must reach the bucket before that" = source.maximum_record_age_seconds < 60 || source.maximum_record_age_seconds > 64800

    "maximum_retry_attempts must be 0 to 10000; -1 would block the shard until a poison record expires" = source.maximum_retry_attempts < 0 || source.maximum_retry_attempts > 10000
  } : requirement if is_violated]) }
}

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
module "filters" {
  source    = "../pattern"
  patterns  = merge([for name, source in local.sources : { for number, pattern in source.filter_patterns : "${name} ${number}" => pattern }]...)
  operators = ["anything-but", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"]
}
