output "storefront_api_id" {
  description = "Id of the storefront API."
  value       = module.pipeline.storefront_api_id
}

output "storefront_api_endpoint" {
  description = "Base URL of the storefront API."
  value       = module.pipeline.storefront_api_endpoint
}

output "webhooks_api_id" {
  description = "Id of the webhooks API."
  value       = module.pipeline.webhooks_api_id
}

output "webhooks_api_endpoint" {
  description = "Base URL of the webhooks API, to be told to the payment provider and the carrier."
  value       = module.pipeline.webhooks_api_endpoint
}

output "webhook_secret_name" {
  description = "Name of the secret that holds the signing keys of the webhooks' callers. Its value is set beside Terraform."
  value       = module.pipeline.webhook_secret_name
}

output "bus_name" {
  description = "Name of the bus."
  value       = module.pipeline.bus_name
}

output "bus_arn" {
  description = "ARN of the bus."
  value       = module.pipeline.bus_arn
}

output "archive_name" {
  description = "Name of the archive to replay from."
  value       = module.pipeline.archive_name
}

output "orders_table_name" {
  description = "Name of the orders table."
  value       = module.pipeline.orders_table_name
}

output "orders_stream_arn" {
  description = "ARN of the stream of the orders table."
  value       = module.pipeline.orders_stream_arn
}

output "topic_arn" {
  description = "ARN of the topic with the changes of orders."
  value       = module.pipeline.topic_arn
}

output "notices_topic_arn" {
  description = "ARN of the topic with short notices for people."
  value       = module.pipeline.notices_topic_arn
}

output "ledger_table_name" {
  description = "Name of finance's ledger table."
  value       = module.pipeline.ledger_table_name
}

output "stock_table_name" {
  description = "Name of the warehouse's stock table."
  value       = module.pipeline.stock_table_name
}

output "cases_table_name" {
  description = "Name of customer service's cases table."
  value       = module.pipeline.cases_table_name
}

output "till_bucket_name" {
  description = "Name of the bucket that till files are put into, under incoming/."
  value       = module.pipeline.till_bucket_name
}

output "analytics_bucket_name" {
  description = "Name of the bucket with every event by date and type; null where there is none."
  value       = module.pipeline.analytics_bucket_name
}

output "failure_bucket_name" {
  description = "Name of the bucket that holds what the relay could not pass on."
  value       = module.pipeline.failure_bucket_name
}

output "queues" {
  description = "Queues by role, each with its dead-letter queue."
  value       = module.pipeline.queues
}

output "functions" {
  description = "Functions by their directory name. `dead_letter_queue_url` is null where a function has none, `mappings` are the event source mappings to pause and resume."
  value       = module.pipeline.functions
}

output "rules" {
  description = "Rules by role, each with the dead-letter queue of its target."
  value       = module.pipeline.rules
}

output "subscriptions" {
  description = "Subscriptions of the topic by name, each with its dead-letter queue."
  value       = module.pipeline.subscriptions
}
