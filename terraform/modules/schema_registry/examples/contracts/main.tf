locals { contracts_folder = "../../../../../lambdas/contracts/generated/draft4" }

module "registry" {
  source    = "../.."
  name      = "shop-dev"
  contracts = { for file in fileset("${path.module}/${local.contracts_folder}", "*.json") : trimsuffix(file, ".json") => file("${path.module}/${local.contracts_folder}/${file}") }
}
