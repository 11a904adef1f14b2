output "inbox_url" {
  description = "URL of the queue that receives the marketplace's orders."
  value       = module.inbox.queue_url
}

output "dead_letter_queue_urls" {
  description = "URLs of the dead-letter queues, by source."
  value       = { inbox = module.inbox.dead_letter_queue.url, function = module.marketplace_orders.dead_letter_queue.url }
}
