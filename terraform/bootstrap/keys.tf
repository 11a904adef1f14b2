# The customer managed key of each environment. The key is created here, not with the environment: the deploy roles
# need its ARN, and dead-letter messages, backups and files stay readable only while the key exists.
module "key" {
  source   = "../modules/environment_key"
  for_each = var.environments

  name = "${var.project}-${each.key}"
  tags = { environment = each.key }
}
