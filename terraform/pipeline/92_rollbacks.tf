# `orderflow rollback` stores here the functions whose alias points to an older version, and the hash of the code that is replaced.
# Terraform creates and reads the parameter but never changes it, so an apply keeps a rollback until the code changes.
resource "aws_ssm_parameter" "rollbacks" {
  #checkov:skip=CKV2_AWS_34:version numbers are not secret, and a plain parameter is readable without access to the key
  #checkov:skip=CKV_AWS_337:version numbers are not secret, and a plain parameter is readable without access to the key
  name           = "/${var.project}/${var.environment}/rollbacks"
  description    = "Functions of ${local.prefix} that run an older version, each with the version's number and the hash of the code that it replaces"
  type           = "String"
  insecure_value = "{}"

  lifecycle { ignore_changes = [insecure_value] }
}

locals { rollbacks = jsondecode(aws_ssm_parameter.rollbacks.insecure_value) }
