output "stream_arn" {
  description = "ARN of the delivery stream, available once its role has its permissions."
  value       = aws_kinesis_firehose_delivery_stream.this.arn
}

output "stream_name" {
  description = "Name of the delivery stream."
  value       = aws_kinesis_firehose_delivery_stream.this.name
}

output "role_arn" {
  description = "ARN of the role that Firehose assumes to deliver."
  value       = aws_iam_role.this.arn
}
