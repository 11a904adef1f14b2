# The contracts, for developers of consumers: generated from the same schemas as the validators.
module "schema_registry" {
  source   = "../modules/schema_registry"
  for_each = toset(var.schema_registry ? ["contracts"] : [])

  name = local.prefix
  contracts = {
    for file in fileset("${path.module}/../../lambdas/contracts/generated/draft4", "*.json") :
    trimsuffix(file, ".json") => file("${path.module}/../../lambdas/contracts/generated/draft4/${file}")
  }
}
