output "state_bucket_name" {
  description = "Name of the bucket that holds the state; pass it to `terraform init -backend-config=bucket=<name>` in an environment."
  value       = aws_s3_bucket.state.bucket
}

output "plan_role_arns" {
  description = "Role that a workflow takes to plan, by environment."
  value       = { for environment, role in aws_iam_role.plan : environment => role.arn }
}

output "apply_role_arns" {
  description = "Role that an approved workflow takes to apply, by environment."
  value       = { for environment, role in aws_iam_role.apply : environment => role.arn }
}
