data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id
  account_id = data.aws_caller_identity.this.account_id

  # The ARNs are constructed from names, so that the complete policy is known at plan time.
  function_arn  = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"
  log_group_arn = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${aws_cloudwatch_log_group.this.name}"

  # The two images in a stream record can be too large for a queue message, so a stream reader stores failed records in a bucket.
  # These values must not depend on queue_sources: otherwise the dead-letter queue would be created after the queues, half a minute later.
  failure_bucket_arn    = coalesce(one(distinct([for source in var.stream_sources : source.failure_bucket_arn])), "none")
  has_failure_bucket    = length(var.stream_sources) > 0
  has_dead_letter_queue = var.invocation.mode != "synchronous" && !local.has_failure_bucket

  service_name = lookup(var.environment, "POWERTOOLS_SERVICE_NAME", var.name)
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116:Failed asynchronous events go to the on-failure destination, whose records contain more about the failure than messages of dead_letter_config.
  #checkov:skip=CKV_AWS_117:The function calls AWS APIs over TLS with IAM only; it needs no access to a VPC.
  #checkov:skip=CKV_AWS_272:The package is pinned by its hash in the plan; a signing profile belongs to the account that deploys.
  #checkov:skip=CKV_AWS_50:Tracing is active by default (observability.tracing); if it is turned off, the caller decides what is traced.
  function_name                  = var.name
  filename                       = var.code.object == null ? var.code.package : null
  s3_bucket                      = one(var.code.object[*].bucket)
  s3_key                         = one(var.code.object[*].key)
  s3_object_version              = one(var.code.object[*].version)
  source_code_hash               = filebase64sha256(var.code.package)
  publish                        = true
  handler                        = var.code.handler
  runtime                        = var.code.runtime
  architectures                  = [var.code.architecture]
  layers                         = var.code.layers
  memory_size                    = var.sizing.memory_mb
  timeout                        = var.sizing.timeout_seconds
  reserved_concurrent_executions = coalesce(var.sizing.reserved_concurrency, -1)
  role                           = aws_iam_role.this.arn
  kms_key_arn                    = var.kms.key_arn
  tags                           = var.tags

  environment {
    variables = merge(
      { POWERTOOLS_SERVICE_NAME = local.service_name },
      var.environment,
      { for name, url in { DEAD_LETTER_QUEUE_URL = one(module.dead_letter_queue[*].queue.url) } : name => url if local.has_dead_letter_queue },
      { for name, arn in { FAILURE_BUCKET = local.failure_bucket_arn } : name => reverse(split(":", arn))[0] if local.has_failure_bucket },
    )
  }

  ephemeral_storage { size = var.sizing.ephemeral_storage_mb }

  tracing_config { mode = var.observability.tracing ? "Active" : "PassThrough" }

  logging_config {
    log_format       = "JSON"
    log_group        = aws_cloudwatch_log_group.this.name
    system_log_level = var.observability.system_log_level
  }
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:Logs are operational data, not records; each environment sets how long they are kept.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.observability.log_retention_days
  kms_key_id        = var.kms.key_arn
  tags              = var.tags
}
