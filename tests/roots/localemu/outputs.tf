output "bus_name" { value = module.bus.bus_name }
output "bucket_name" { value = aws_s3_bucket.lake.bucket }
output "kinesis_stream_name" { value = aws_kinesis_stream.this.name }
output "log_group_name" { value = aws_cloudwatch_log_group.this.name }
output "topic_arns" { value = { orders = module.orders.topic_arn, notices = module.notices.topic_arn } }
