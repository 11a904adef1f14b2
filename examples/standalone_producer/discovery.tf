# All that this root reads from the running system: name and ARN of its bus. It reads no state and changes nothing there.
data "aws_ssm_parameter" "this" {
  for_each = toset(["bus_arn", "bus_name"])

  name = "/${var.project}/${var.environment}/${each.key}"
}

locals {
  prefix = "${var.team}-${var.environment}"

  # A name and an ARN are not secret; `value` would hide them from the plan.
  bus_name = data.aws_ssm_parameter.this["bus_name"].insecure_value
  bus_arn  = data.aws_ssm_parameter.this["bus_arn"].insecure_value

  # The source that the running system reserves for other teams' applications: its rules accept OrderPlaced from it.
  source = "${var.project}.partner"
}
