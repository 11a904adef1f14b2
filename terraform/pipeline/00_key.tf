# One customer key for everything in the environment that a key of one's own can encrypt.
module "key" {
  source = "../modules/environment_key"

  name = local.prefix
}
