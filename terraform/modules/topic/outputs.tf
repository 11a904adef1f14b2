output "topic_arn" {
  description = "ARN of the topic."
  value       = aws_sns_topic.this.arn
}

output "topic_name" {
  description = "Name of the topic."
  value       = aws_sns_topic.this.name
}

output "topic" {
  description = "ARN and audience of the topic, for the input `topic` of the module `subscriptions`."
  value       = { arn = aws_sns_topic.this.arn, audience = var.audience }
}
