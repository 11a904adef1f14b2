output "inbox_url" {
  description = "URL of the queue that takes the marketplace's orders."
  value       = module.inbox.queue_url
}

output "dead_letter_queue_urls" {
  description = "Where what could not be handled waits, by the place that gave up on it."
  value       = { inbox = module.inbox.dead_letter_queue.url, function = module.marketplace_orders.dead_letter_queue.url }
}
