output "queue_url" {
  description = "URL of the queue that receives the OrderChanged events of delivered online orders."
  value       = module.deliveries.queue_url
}

output "points_table_name" {
  description = "Name of the table with the points awarded for each order."
  value       = module.points.table_name
}

output "dead_letter_queue_urls" {
  description = "URLs of the dead-letter queues, by source."
  value = {
    subscription = module.subscription.dead_letter_queues["award_points"].url
    queue        = module.deliveries.dead_letter_queue.url
    function     = module.award_points.dead_letter_queue.url
  }
}
