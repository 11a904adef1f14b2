# All that this root knows of the running system: where its bus is. It reads no state and changes nothing there.
data "aws_ssm_parameter" "this" {
  for_each = toset(["bus_arn", "bus_name"])

  name = "/${var.project}/${var.environment}/${each.key}"
}

locals {
  prefix = "${var.team}-${var.environment}"

  # A name and an ARN are no secrets; `value` would hide them from the plan.
  bus_name = data.aws_ssm_parameter.this["bus_name"].insecure_value
  bus_arn  = data.aws_ssm_parameter.this["bus_arn"].insecure_value

  # The source that the running system keeps for applications of other teams: its rules take OrderPlaced from it.
  source = "${var.project}.partner"
}
