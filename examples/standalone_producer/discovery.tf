# From the running system, this root module reads only the bus's name and ARN; it reads no state and changes nothing there.
data "aws_ssm_parameter" "this" {
  for_each = toset(["bus_arn", "bus_name"])

  name = "/${var.project}/${var.environment}/${each.key}"
}

locals {
  prefix = "${var.team}-${var.environment}"

  # The provider marks `value` as sensitive, so plans would hide it; a name and an ARN are not secret.
  bus_name = data.aws_ssm_parameter.this["bus_name"].insecure_value
  bus_arn  = data.aws_ssm_parameter.this["bus_arn"].insecure_value

  # The event source of other teams' applications, the same in every project, from which the running system's rules accept OrderPlaced.
  source = "orderflow.partner"
}
