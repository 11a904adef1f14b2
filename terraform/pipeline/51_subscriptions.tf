# Every subscriber of the topic: our functions with `changes` (01_functions.tf), and `subscriptions` of the environment.
module "subscriptions" {
  source                   = "../modules/subscriptions"
  name                     = "${local.prefix}-order-changes"
  topic                    = module.topic.topic
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn

  subscriptions = merge(var.subscriptions, {
    for name, function in local.functions : name => {
      protocol             = "sqs"
      endpoint             = local.queues[function.queue].arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy        = jsonencode({ metadata = { event_type = ["OrderChanged"] }, data = function.changes })
    } if function.changes != null
  })
}
