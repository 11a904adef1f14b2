# Website and mobile app: POST requests place and cancel orders by publishing events; GET requests read the orders table.
module "storefront_api" {
  source                   = "../modules/function"
  name                     = local.functions.storefront_api.name
  code                     = local.code.storefront_api
  invocation               = { mode = local.functions.storefront_api.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.storefront_api.sizing
  tags                     = local.functions.storefront_api.tags

  environment = merge(local.functions.storefront_api.environment, {
    ORDERS_TABLE    = module.orders.table_name
    CLAIMS_TABLE    = module.claims.table_name
    IDENTITY_SOURCE = var.storefront.jwt == null ? "header" : "jwt"
    SUPPORT_SCOPE   = var.storefront.support_scope
    ORDERS_PER_HOUR = tostring(var.storefront.orders_per_hour)
  })

  permissions = merge(local.functions.storefront_api.permissions, {
    read_orders  = { actions = ["dynamodb:BatchGetItem", "dynamodb:GetItem"], resources = [module.orders.table_arn] }
    list_orders  = { actions = ["dynamodb:Query"], resources = [module.orders.index_arns["buyer"]] }
    store_claims = { actions = ["dynamodb:GetItem", "dynamodb:PutItem"], resources = [module.claims.table_arn] }
  })

  observability = local.observability
}

module "storefront_http" {
  source             = "../modules/http_api"
  name               = "${local.prefix}-storefront"
  kms_key_arn        = var.kms_key_arn
  jwt_authorizer     = var.storefront.jwt
  throttling         = { rate_limit = var.storefront.rate_limit, burst_limit = var.storefront.burst_limit }
  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn

  # Unknown paths also go to the function, which answers them with a problem document.
  routes = {
    for route in ["ANY /orders", "ANY /orders/{order_id}", "ANY /orders/{order_id}/cancel", "ANY /support/orders", "$default"] : route => {
      function_arn = module.storefront_api.function_arn
      invoke_arn   = module.storefront_api.invoke_arn
      scopes       = route == "ANY /support/orders" ? [var.storefront.support_scope] : null
    }
  }

  cors = length(var.storefront.browser_origins) == 0 ? null : {
    allow_origins  = var.storefront.browser_origins
    allow_methods  = ["GET", "POST"]
    allow_headers  = ["authorization", "content-type", "idempotency-key", "x-correlation-id"]
    expose_headers = ["location", "retry-after", "x-correlation-id"]
  }
}

# The first accepted request of each Idempotency-Key: stored before its OrderPlaced event is published, and kept for at least 30 days.
module "claims" {
  source          = "../modules/table_with_stream"
  name            = local.tables.claims
  kms_key_arn     = var.kms_key_arn
  key             = { hash = "order_id" }
  attributes      = { order_id = "S" }
  ttl_attribute   = "expires_at"
  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
