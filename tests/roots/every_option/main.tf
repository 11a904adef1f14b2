# Uses every option of the routing modules that the local cloud supports; ../localemu uses the others. Tests apply it to
# the local cloud, never to AWS.
locals { name = "every-option" }

data "aws_caller_identity" "this" {}

module "key" {
  source               = "../../../terraform/modules/environment_key"
  name                 = local.name
  deletion_window_days = 7
}

module "alarms" {
  source      = "../../../terraform/modules/topic"
  name        = "${local.name}-alarms"
  audience    = "people"
  kms_key_arn = module.key.key_arn

  publishers = {
    alarms = {
      service    = "cloudwatch.amazonaws.com"
      source_arn = "arn:aws:cloudwatch:eu-west-1:${data.aws_caller_identity.this.account_id}:alarm:${local.name}-*"
    }
  }
}
