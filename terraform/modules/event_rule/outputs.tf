output "rule_name" {
  description = "Name of the rule, available once its targets are attached."
  value       = aws_cloudwatch_event_rule.this.name
  depends_on  = [aws_cloudwatch_event_target.this]
}

output "rule_arn" {
  description = "ARN of the rule, known before the rule exists, so that the policies of target queues and topics can name it."
  value       = local.rule_arn
}

output "event_pattern" {
  description = "The pattern as EventBridge receives it, with the module's additions; `null` for a schedule."
  value       = local.pattern
}

output "dead_letter_queues" {
  description = "Name, URL and ARN of each target's dead-letter queue, by target."
  value       = { for key, dead_letter in module.dead_letter_queue : key => dead_letter.queue }
}

output "api_destination_arns" {
  description = "ARNs of the API destinations, by target."
  value       = { for key, destination in aws_cloudwatch_event_api_destination.this : key => destination.arn }
}

output "redrive_sources" {
  description = "By target, the `source` of the events that redrive the API destination's dead-letter messages; the redrive rule sends these events to that destination only."
  value       = local.redrive_sources
  depends_on  = [aws_cloudwatch_event_target.this]
}
