output "queue" {
  description = "Name, URL and ARN of the queue."
  value       = { name = aws_sqs_queue.this.name, url = aws_sqs_queue.this.url, arn = aws_sqs_queue.this.arn }
}

output "arn" {
  description = "ARN of the queue, known before the queue exists, for policies that name it."
  value       = local.arn
}

output "settings" {
  description = "The queue (`aws_sqs_queue`), with its policies."
  value       = aws_sqs_queue.this
}
