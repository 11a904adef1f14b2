output "bus_name" {
  description = "Name of the bus, available once its policy is in place."
  value       = aws_cloudwatch_event_bus.this.name
  depends_on  = [aws_cloudwatch_event_bus_policy.this]
}

output "bus_arn" {
  description = "ARN of the bus, available once its policy is in place."
  value       = aws_cloudwatch_event_bus.this.arn
  depends_on  = [aws_cloudwatch_event_bus_policy.this]
}

output "archive_name" {
  description = "Name of the archive to replay from; null without an archive."
  value       = one(aws_cloudwatch_event_archive.this[*].name)
}

output "archive_arn" {
  description = "ARN of the archive to replay from; null without an archive."
  value       = one(aws_cloudwatch_event_archive.this[*].arn)
}

output "dead_letter_queue" {
  description = "Name, URL and ARN of the queue for events that the bus itself could not process."
  value       = module.dead_letter_queue.queue
}
