# One customer key for everything at rest in an environment. Made here and not with the environment: its deploy roles are given
# its ARN, and what waits in a dead-letter queue or an archive can be read for as long as the key stands.
module "key" {
  source   = "../modules/environment_key"
  for_each = var.environments

  name = "${var.project}-${each.key}"
  tags = { environment = each.key }
}
