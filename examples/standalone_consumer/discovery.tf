# All that this root knows of the running system: where its topic is. It reads no state and changes nothing there.
data "aws_ssm_parameter" "topic_arn" { name = "/${var.project}/${var.environment}/topic_arn" }

locals {
  prefix = "${var.team}-${var.environment}"

  # An ARN is no secret; `value` would hide it from the plan.
  topic_arn = data.aws_ssm_parameter.topic_arn.insecure_value
}
