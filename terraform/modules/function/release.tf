# Others invoke the alias `live`, so that going back to a version moves one pointer and keeps every permission and mapping. Where it
# points is Terraform's: to the newest version, unless `code.rollback` puts an older one in the place of this very package.
locals { older = one([for rollback in var.code.rollback[*] : rollback.version if rollback.instead_of == filebase64sha256(var.code.package)]) }

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = local.older == null ? aws_lambda_function.this.version : local.older
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  count = var.sizing.provisioned_concurrency == null ? 0 : 1

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.sizing.provisioned_concurrency
}
