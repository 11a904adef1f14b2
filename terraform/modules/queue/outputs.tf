output "queue_name" {
  description = "Name of the queue."
  value       = aws_sqs_queue.this.name
}

output "queue_url" {
  description = "URL of the queue."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.this.arn
}

output "dead_letter_queue" {
  description = "Name, URL and ARN of the dead-letter queue."
  value       = module.dead_letter_queue.queue
}

output "visibility_timeout_seconds" {
  description = "Visibility timeout of the queue, for the consumer to check against its own timeout."
  value       = var.visibility_timeout_seconds
}
