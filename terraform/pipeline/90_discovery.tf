# Parameters that other teams' applications read from their own root modules, so that nobody needs access to this state.
resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:names, ARNs and URLs are not secret, and a plain parameter is readable without access to the key
  #checkov:skip=CKV_AWS_337:names, ARNs and URLs are not secret, and a plain parameter is readable without access to the key
  for_each = {
    bus_arn           = module.bus.bus_arn
    bus_name          = module.bus.bus_name
    archive_name      = module.bus.archive_name
    topic_arn         = module.topic.topic_arn
    notices_topic_arn = module.notices.topic_arn
    orders_table_arn  = module.orders.table_arn
    orders_stream_arn = module.orders.stream_arn
    key_arn           = var.kms_key_arn
    storefront_url    = module.storefront_http.api_endpoint
  }

  name        = "/${var.project}/${var.environment}/${each.key}"
  description = "${replace(each.key, "_", " ")} of ${local.prefix}, for other teams' applications"
  type        = "String"
  value       = each.value
}
