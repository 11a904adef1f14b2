output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.this]
}

output "function_arn" {
  description = "ARN of the function's alias `live`, which callers invoke."
  value       = aws_lambda_alias.live.arn
  depends_on  = [aws_iam_role_policy.this]
}

output "invoke_arn" {
  description = "Invoke ARN of the alias `live`, for an API integration."
  value       = aws_lambda_alias.live.invoke_arn
  depends_on  = [aws_iam_role_policy.this]
}

output "version" {
  description = "Version that the alias points to."
  value       = aws_lambda_alias.live.function_version
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "dead_letter_queue" {
  description = "Name, URL and ARN of the function's dead-letter queue; null if it has none."
  value       = one(module.dead_letter_queue[*].queue)
}

output "event_source_mapping_ids" {
  description = "UUID of each event source mapping, by the key of its source, for pausing and resuming it."
  value = merge(
    { for key, mapping in aws_lambda_event_source_mapping.queue : key => mapping.uuid },
    { for key, mapping in aws_lambda_event_source_mapping.stream : key => mapping.uuid },
  )
}
