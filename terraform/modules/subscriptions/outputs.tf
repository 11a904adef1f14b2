output "subscription_arns" {
  description = "ARNs of the subscriptions, by name, including those that a person or an HTTPS endpoint has not yet confirmed."
  value       = { for key, subscription in aws_sns_topic_subscription.this : key => subscription.arn }
}

output "pending_confirmations" {
  description = "Names of the subscriptions that are waiting for confirmation by a person or an endpoint."
  value       = [for key, subscription in aws_sns_topic_subscription.this : key if subscription.pending_confirmation]
}

output "dead_letter_queues" {
  description = "Name, URL and ARN of each subscription's dead-letter queue, by subscription."
  value       = { for key, dead_letter in module.dead_letter_queue : key => dead_letter.queue }
}
