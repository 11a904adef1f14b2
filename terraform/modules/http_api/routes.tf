locals {
  # A browser's preflight request has no token. If `$default` requires one, a separate route lets API Gateway answer the preflight request:
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
  preflight_route = "OPTIONS /{proxy+}"
  routes = merge(var.routes, {
    for route, target in var.routes : local.preflight_route => target
    if route == "$default" && var.cors != null && var.jwt_authorizer != null
  })

  # Method and path of each route as in a Lambda permission: `$default` stays unchanged, ANY becomes a wildcard.
  permitted_paths = {
    for route in keys(local.routes) :
    route => route == "$default" ? "$default" : replace(replace(route, "ANY ", "* "), " /", "/")
  }
}

resource "aws_apigatewayv2_route" "this" {
  #checkov:skip=CKV_AWS_309:An API for callers without tokens (signed webhooks) has no authorizer; with jwt_authorizer, every route except the preflight route requires a token.
  for_each = local.routes

  api_id               = aws_apigatewayv2_api.this.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.this[each.key].id}"
  authorization_type   = var.jwt_authorizer == null || each.key == local.preflight_route ? "NONE" : "JWT"
  authorizer_id        = each.key == local.preflight_route ? null : one(aws_apigatewayv2_authorizer.this[*].id)
  authorization_scopes = each.key == local.preflight_route || var.jwt_authorizer == null ? null : each.value.scopes != null ? each.value.scopes : var.jwt_authorizer.scopes
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = local.routes

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = each.value.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_lambda_permission" "this" {
  for_each = local.routes

  statement_id  = "${var.name}-${substr(sha256(each.key), 0, 12)}"
  action        = "lambda:InvokeFunction"
  function_name = replace(each.value.function_arn, "/^((?:[^:]+:){6}[^:]+):.*$/", "$1")
  qualifier     = length(split(":", each.value.function_arn)) == 8 ? element(split(":", each.value.function_arn), 7) : null
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/${aws_apigatewayv2_stage.this.name}/${local.permitted_paths[each.key]}"
}

resource "aws_apigatewayv2_authorizer" "this" {
  count = var.jwt_authorizer == null ? 0 : 1

  api_id           = aws_apigatewayv2_api.this.id
  name             = "${var.name}-jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt_authorizer.issuer
    audience = var.jwt_authorizer.audience
  }
}
