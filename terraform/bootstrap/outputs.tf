output "state_bucket_name" {
  description = "Name of the bucket that holds the state; pass it to `terraform init -backend-config=bucket=<name>` in an environment."
  value       = aws_s3_bucket.state.bucket
}

output "state_key_arn" {
  description = "ARN of the key that encrypts the state; pass it to `terraform init -backend-config=kms_key_id=<arn>`."
  value       = aws_kms_key.state.arn
}

output "key_arns" {
  description = "ARN of each environment's key, for `kms_key_arn` in its terraform.tfvars."
  value       = { for environment, key in module.key : environment => key.key_arn }
}

output "plan_role_arns" {
  description = "For each environment, the ARN of the role that a workflow assumes to create a plan."
  value       = { for environment, role in aws_iam_role.plan : environment => role.arn }
}

output "apply_role_arns" {
  description = "For each environment, the ARN of the role that a job in the GitHub environment of that name assumes to apply a plan."
  value       = { for environment, role in aws_iam_role.apply : environment => role.arn }
}

output "operator_role_arns" {
  description = "For each environment in `operators`, the ARN of the role for people on call."
  value       = { for environment, role in aws_iam_role.operators : environment => role.arn }
}
