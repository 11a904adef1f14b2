data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  # One folder per partition, in the order of the list: date=2026-11-23/type=OrderPlaced/
  partition_prefix = join("", [for partition in var.partitions : "${partition.name}=!{partitionKeyFromQuery:${partition.name}}/"])
  partition_query  = "{${join(",", [for partition in var.partitions : "${partition.name}:${partition.query}"])}}"
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  name        = var.name
  tags        = var.tags
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.this.arn
    bucket_arn          = var.bucket_arn
    prefix              = "${var.prefix}${local.partition_prefix}"
    error_output_prefix = "${var.error_prefix}!{firehose:error-output-type}/date=!{timestamp:yyyy-MM-dd}/"
    compression_format  = "GZIP"
    kms_key_arn         = var.kms_key_arn
    buffering_size      = var.buffer.megabytes
    buffering_interval  = var.buffer.seconds

    dynamic_partitioning_configuration {
      enabled        = true
      retry_duration = 3600
    }

    processing_configuration {
      enabled = true

      processors {
        type = "MetadataExtraction"

        parameters {
          parameter_name  = "JsonParsingEngine"
          parameter_value = "JQ-1.6"
        }

        parameters {
          parameter_name  = "MetadataExtractionQuery"
          parameter_value = local.partition_query
        }
      }

      # Records do not end with a line break: without this processor a file would be one line with many objects.
      processors {
        type = "AppendDelimiterToRecord"

        parameters {
          parameter_name  = "Delimiter"
          parameter_value = "\\n"
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.this.name
      log_stream_name = aws_cloudwatch_log_stream.this.name
    }
  }

  # Firehose uses the role when it creates the stream.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:Delivery errors are operational data, not records; each environment sets how long they are kept.
  name              = "/aws/kinesisfirehose/${var.name}"
  tags              = var.tags
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "this" {
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.this.name
}
