variable "stream_sources" {
  description = "DynamoDB streams that Lambda reads for the function, from TRIM_HORIZON. Records it gives up on go to the bucket, whole."
  type = map(object({
    stream_arn                 = string
    failure_bucket_arn         = string
    batch_size                 = optional(number, 100)
    window_seconds             = optional(number, 0)
    parallelization_factor     = optional(number, 1)
    maximum_record_age_seconds = optional(number, 43200)
    maximum_retry_attempts     = optional(number, 10000)
    filter_patterns            = optional(list(string), [])
    enabled                    = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for source in var.stream_sources : strcontains(source.stream_arn, "/stream/")])
    error_message = "stream_sources: stream_arn must be the ARN of a DynamoDB stream (.../table/<name>/stream/<label>), the stream_arn output of table_with_stream."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : can(regex("^arn:[a-z-]+:s3:::[^/*]+$", source.failure_bucket_arn))])
    error_message = "stream_sources: failure_bucket_arn must be the ARN of an S3 bucket: only S3 receives the records themselves, a queue or topic gets their position in the stream."
  }

  validation {
    condition     = length(distinct([for source in var.stream_sources : source.failure_bucket_arn])) <= 1
    error_message = "stream_sources: all sources of one function must name the same failure_bucket_arn, which the function also finds in FAILURE_BUCKET."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.batch_size >= 1 && source.batch_size <= 10000])
    error_message = "stream_sources: batch_size must be 1 to 10000."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.window_seconds >= 0 && source.window_seconds <= 300])
    error_message = "stream_sources: window_seconds must be 0 to 300."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : contains(range(1, 11), source.parallelization_factor)])
    error_message = "stream_sources: parallelization_factor must be 1 to 10."
  }

  validation {
    condition = alltrue([
      for source in var.stream_sources :
      source.maximum_record_age_seconds >= 60 && source.maximum_record_age_seconds <= 64800
    ])
    error_message = "stream_sources: maximum_record_age_seconds must be 60 to 64800 (18 hours): the stream forgets a record after 24 hours, and what is given up on must reach the bucket before that."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.maximum_retry_attempts >= 0 && source.maximum_retry_attempts <= 10000])
    error_message = "stream_sources: maximum_retry_attempts must be 0 to 10000; -1 would block the shard for as long as one bad record lives."
  }

  validation {
    condition = alltrue(flatten([
      for source in var.stream_sources : [for pattern in source.filter_patterns : can(keys(jsondecode(pattern)))]
    ]))
    error_message = "stream_sources: each of filter_patterns must be the JSON text of an object: write jsonencode({ eventName = [\"INSERT\"] })."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : length(source.filter_patterns) <= 5])
    error_message = "stream_sources: a mapping takes at most 5 filter_patterns."
  }
}
