# Callers invoke the alias `live`, so a rollback changes only the alias and keeps every permission and mapping. Terraform points
# the alias to the newest version, unless `code.rollback` names an older version to run instead of the current package.
locals { rollback_version = one([for rollback in var.code.rollback[*] : rollback.version if rollback.instead_of == filebase64sha256(var.code.package)]) }

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = local.rollback_version == null ? aws_lambda_function.this.version : local.rollback_version
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  count = var.sizing.provisioned_concurrency == null ? 0 : 1

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.sizing.provisioned_concurrency
}
