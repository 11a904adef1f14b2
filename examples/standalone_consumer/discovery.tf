# From the running system, this root module reads only the ARN of the topic, not the state; it adds one subscription and changes nothing else there.
data "aws_ssm_parameter" "topic_arn" { name = "/${var.project}/${var.environment}/topic_arn" }

locals {
  prefix = "${var.team}-${var.environment}"

  # The provider marks `value` as sensitive, so plans would hide it; an ARN is not secret.
  topic_arn = data.aws_ssm_parameter.topic_arn.insecure_value
}
