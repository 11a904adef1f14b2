output "storefront_api_id" {
  description = "ID of the storefront API."
  value       = module.storefront_http.api_id
}

output "storefront_api_endpoint" {
  description = "Base URL of the storefront API."
  value       = module.storefront_http.api_endpoint
}

output "webhooks_api_id" {
  description = "ID of the webhooks API."
  value       = module.webhooks_http.api_id
}

output "webhooks_api_endpoint" {
  description = "Base URL of the webhooks API, for the payment provider and the carrier."
  value       = module.webhooks_http.api_endpoint
}

output "webhook_secret_name" {
  description = "Name of the secret with the signing keys of the webhooks' callers. Its value is set outside Terraform."
  value       = aws_secretsmanager_secret.webhooks.name
}

output "bus_name" {
  description = "Name of the bus."
  value       = module.bus.bus_name
}

output "bus_arn" {
  description = "ARN of the bus."
  value       = module.bus.bus_arn
}

output "archive_name" {
  description = "Name of the archive to replay from."
  value       = module.bus.archive_name
}

output "orders_stream_arn" {
  description = "ARN of the stream of the orders table."
  value       = module.orders.stream_arn
}

output "topic_arn" {
  description = "ARN of the topic for order changes."
  value       = module.topic.topic_arn
}

output "notices_topic_arn" {
  description = "ARN of the topic for short notices to people."
  value       = module.notices.topic_arn
}

output "till_bucket_name" {
  description = "Name of the bucket to upload till files to, under incoming/."
  value       = module.till_files.bucket_name
}

output "analytics_bucket_name" {
  description = "Name of the bucket with every event by date and type; null without analytics."
  value       = one([for files in module.analytics_files : files.bucket_name])
}

output "failure_bucket_name" {
  description = "Name of the bucket with the records that the relay could not publish."
  value       = module.failures.bucket_name
}

output "functions" {
  description = "Functions by their directory name. `dead_letter_queue` is null if a function has none."
  value = { for name, function in local.all_functions : name => {
    name              = function.name
    arn               = "arn:${local.partition}:lambda:${local.region_and_account}:function:${function.name}"
    role_name         = function.name
    log_group         = "/aws/lambda/${function.name}"
    dead_letter_queue = function.dead_letter_queue
  } }

  precondition {
    condition     = length(local.unmatched_functions) == 0
    error_message = "Each function must have a directory in lambdas/ and an entry in terraform/pipeline/01_functions.tf. These have only one of the two: ${join(", ", local.unmatched_functions)}. See `Add a function` in CONTRIBUTING.md."
  }
  precondition {
    condition     = length(local.unknown_producers) == 0
    error_message = "Each name in x-producers in lambdas/contracts/schemas must be a function, or in `other_producers` of 02_events.tf (${join(", ", local.other_producers)}); got ${join(", ", local.unknown_producers)}."
  }
}

output "queues" {
  description = "Queues by short name, each with its dead-letter queue."
  value       = { for role, queue in local.queues : role => { name = queue.name, dead_letter_queue = queue.dead_letter_queue } }
}

output "tables" {
  description = "Tables by short name."
  value       = local.tables
}

output "rules" {
  description = "Rules by short name, each with the dead-letter queue of its target."
  value       = { for role, rule in local.rules : role => { name = rule.name, dead_letter_queue = rule.dead_letter_queue } }
}

output "subscriptions" {
  description = "Subscriptions of the topic for order changes by name, each with its dead-letter queue."
  value = { for name, arn in module.subscriptions.subscription_arns : name => {
    arn               = arn
    dead_letter_queue = module.subscriptions.dead_letter_queues[name].name
  } }
}
