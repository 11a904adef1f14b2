mock_provider "aws" { source = "../../testing" }

variables {
  name            = "shop-dev-events"
  bucket_arn      = "arn:aws:s3:::shop-dev-events"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:alarms"

  partitions = [{ name = "date", query = ".time[0:10]" }, { name = "type", query = ".[\"detail-type\"]" }]
}

# proves: analytics/format
run "files_are_compressed_json_lines_by_date_and_type" {
  command = plan
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.destination == "extended_s3"
      && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].prefix == "events/date=!{partitionKeyFromQuery:date}/type=!{partitionKeyFromQuery:type}/"
      && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].compression_format == "GZIP"
      && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].dynamic_partitioning_configuration[0].enabled
    )
    error_message = "The files must be compressed, in nested folders, one level per partition, in the configured order."
  }
  assert {
    condition = {
      for processor in aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].processing_configuration[0].processors :
      processor.type => { for parameter in processor.parameters : parameter.parameter_name => parameter.parameter_value }
      } == {
      MetadataExtraction      = { JsonParsingEngine = "JQ-1.6", MetadataExtractionQuery = "{date:.time[0:10],type:.[\"detail-type\"]}" }
      AppendDelimiterToRecord = { Delimiter = "\\n" }
    }
    error_message = "Partition values must come from the record, and each record must end with a line break."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].buffering_size == 64 && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].buffering_interval == 300
    error_message = "A file must be written after five minutes or 64 MB."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].error_output_prefix == "errors/!{firehose:error-output-type}/date=!{timestamp:yyyy-MM-dd}/"
    error_message = "Failed records must be stored by type of error and date."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].cloudwatch_logging_options[0].enabled
      && aws_cloudwatch_log_group.this.name == "/aws/kinesisfirehose/shop-dev-events"
      && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
      && aws_cloudwatch_log_group.this.retention_in_days == 30
    )
    error_message = "Failed deliveries must be logged, and the log must be encrypted and expire."
  }
  assert {
    condition = { for name, alarm in module.alarms.alarms : name => [alarm.metric_name, tostring(alarm.threshold), alarm.dimensions.DeliveryStreamName, join("", alarm.alarm_actions)] } == {
      shop-dev-events-late                = ["DeliveryToS3.DataFreshness", "1800", "shop-dev-events", "arn:aws:sns:eu-west-1:111122223333:alarms"]
      shop-dev-events-too-many-partitions = ["PartitionCountExceeded", "0", "shop-dev-events", "arn:aws:sns:eu-west-1:111122223333:alarms"]
    }
    error_message = "Late records and too many partitions must raise an alarm."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].key_type == "CUSTOMER_MANAGED_CMK"
      && aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].key_arn == var.kms_key_arn
      && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].kms_key_arn == var.kms_key_arn
    )
    error_message = "Events contain addresses, so the stream and the files must be encrypted."
  }
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [{
      Sid       = "Firehose", Effect = "Allow", Action = ["sts:AssumeRole"], Principal = { Service = ["firehose.amazonaws.com"] }
      Condition = { StringEquals = { "sts:ExternalId" = ["111122223333"] } }
    }]
    error_message = "Only Firehose, for this account, may assume the role."
  }
  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid => [toset(statement.Action), toset(statement.Resource)] } == {
      PutObjects     = [toset(["s3:AbortMultipartUpload", "s3:PutObject"]), toset(["arn:aws:s3:::shop-dev-events/events/*", "arn:aws:s3:::shop-dev-events/errors/*"])]
      ListBucket     = [toset(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]), toset(["arn:aws:s3:::shop-dev-events"])]
      EncryptObjects = [toset(["kms:Decrypt", "kms:GenerateDataKey"]), toset(["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"])]
      WriteLog       = [toset(["logs:PutLogEvents"]), toset(["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/kinesisfirehose/shop-dev-events:log-stream:delivery"])]
    }
    error_message = "The role may write only the files and the log of this stream, and read no objects."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name        = "shop dev events"
    bucket_arn  = "arn:aws:s3:::shop-dev-events/folder"
    kms_key_arn = "alias/shop-dev"
    prefix      = "/events"
    partitions  = []
    buffer      = { megabytes = 1 }
  }
  expect_failures = [var.name, var.bucket_arn, var.kms_key_arn, var.prefix, var.partitions, var.buffer]
}

run "other_malformed_values_are_refused" {
  command = plan
  variables {
    error_prefix = "errors"
    partitions   = [{ name = "Date", query = ".time" }]
    buffer       = { seconds = 30 }
  }
  expect_failures = [var.error_prefix, var.partitions, var.buffer]
}

run "a_query_with_a_comma_is_refused" {
  command = plan
  variables { partitions = [{ name = "date", query = ".time,other:.x" }] }
  expect_failures = [var.partitions]
}

run "prefix_overlap_duplicate_partitions_and_low_threshold_are_refused" {
  command = plan
  variables {
    prefix             = "events/"
    error_prefix       = "events/errors/"
    partitions         = [{ name = "date", query = ".time[0:10]" }, { name = "date", query = ".time[0:7]" }]
    late_after_seconds = 300
  }
  expect_failures = [var.error_prefix, var.partitions, var.late_after_seconds]
}
