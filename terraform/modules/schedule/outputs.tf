output "schedule_name" {
  description = "Name of the schedule."
  value       = aws_scheduler_schedule.this.name
}

output "schedule_arn" {
  description = "ARN of the schedule."
  value       = aws_scheduler_schedule.this.arn
}

output "role_name" {
  description = "Name of the role with which Scheduler invokes the target."
  value       = aws_iam_role.this.name
}

output "dead_letter_queue" {
  description = "Name, URL and ARN of the dead-letter queue."
  value       = module.dead_letter_queue.queue
}
