# All that this root reads from the running system: the ARN of its topic. It reads no state and changes nothing there.
data "aws_ssm_parameter" "topic_arn" { name = "/${var.project}/${var.environment}/topic_arn" }

locals {
  prefix = "${var.team}-${var.environment}"

  # An ARN is not secret; `value` would hide it from the plan.
  topic_arn = data.aws_ssm_parameter.topic_arn.insecure_value
}
