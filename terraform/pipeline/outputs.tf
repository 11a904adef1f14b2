output "storefront_api_id" {
  description = "Id of the storefront API."
  value       = module.storefront_http.api_id
}

output "storefront_api_endpoint" {
  description = "Base URL of the storefront API."
  value       = module.storefront_http.api_endpoint
}

output "webhooks_api_id" {
  description = "Id of the webhooks API."
  value       = module.webhooks_http.api_id
}

output "webhooks_api_endpoint" {
  description = "Base URL of the webhooks API, to be told to the payment provider and the carrier."
  value       = module.webhooks_http.api_endpoint
}

output "webhook_secret_name" {
  description = "Name of the secret that holds the signing keys of the webhooks' callers. Its value is set beside Terraform."
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

output "orders_table_name" {
  description = "Name of the orders table."
  value       = module.orders.table_name
}

output "orders_stream_arn" {
  description = "ARN of the stream of the orders table."
  value       = module.orders.stream_arn
}

output "topic_arn" {
  description = "ARN of the topic with the changes of orders."
  value       = module.topic.topic_arn
}

output "notices_topic_arn" {
  description = "ARN of the topic with short notices for people."
  value       = module.notices.topic_arn
}

output "ledger_table_name" {
  description = "Name of finance's ledger table."
  value       = module.ledger.table_name
}

output "stock_table_name" {
  description = "Name of the warehouse's stock table."
  value       = module.stock.table_name
}

output "cases_table_name" {
  description = "Name of customer service's cases table."
  value       = module.cases.table_name
}

output "till_bucket_name" {
  description = "Name of the bucket that till files are put into, under incoming/."
  value       = module.till_files.bucket_name
}

output "failure_bucket_name" {
  description = "Name of the bucket that holds what the relay could not pass on."
  value       = module.failures.bucket_name
}

output "analytics_bucket_name" {
  description = "Name of the bucket with every event by date and type; null where there is none."
  value       = one([for files in module.analytics_files : files.bucket_name])
}
