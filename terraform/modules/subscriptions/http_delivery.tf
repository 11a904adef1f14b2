locals {
  # Upper limit of the total time if every attempt fails: each delay of the backoff phase is counted as the maximum.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
  http_retry_seconds = { for key, delivery in local.http_deliveries : key => (
    delivery.min_delay_retries * delivery.min_delay_seconds +
    (delivery.retries - delivery.immediate_retries - delivery.min_delay_retries) * delivery.max_delay_seconds
  ) }

  http_problems = { for key, delivery in local.http_deliveries : key => [for requirement, is_violated in {
    "set all numbers of retries to whole numbers of at least 0, and `retries` to at most 100" = !alltrue([for n in [delivery.retries, delivery.immediate_retries, delivery.min_delay_retries, delivery.max_delay_retries] : n >= 0 && floor(n) == n]) || delivery.retries > 100

    "`retries` is the total: make it at least the sum of `immediate_retries`, `min_delay_retries` and `max_delay_retries`" = delivery.retries < delivery.immediate_retries + delivery.min_delay_retries + delivery.max_delay_retries

    "use delays from 1 second to 1 hour, with the minimum not above the maximum" = !(1 <= delivery.min_delay_seconds && delivery.min_delay_seconds <= delivery.max_delay_seconds && delivery.max_delay_seconds <= 3600)

    "use fewer or faster retries: together they may take at most 3,600 seconds, and these can take ${local.http_retry_seconds[key]}" = local.http_retry_seconds[key] > 3600

    "allow at least 1 receive per second, or leave `max_receives_per_second` out" = !alltrue([for n in delivery.max_receives_per_second[*] : n >= 1])
  } : requirement if is_violated] }

  delivery_policies = { for key, delivery in local.http_deliveries : key => jsonencode(merge(
    {
      healthyRetryPolicy = {
        numRetries         = delivery.retries
        numNoDelayRetries  = delivery.immediate_retries
        numMinDelayRetries = delivery.min_delay_retries
        numMaxDelayRetries = delivery.max_delay_retries
        minDelayTarget     = delivery.min_delay_seconds
        maxDelayTarget     = delivery.max_delay_seconds
        backoffFunction    = delivery.backoff
      }
    },
    { for n in delivery.max_receives_per_second[*] : "throttlePolicy" => { maxReceivesPerSecond = n } },
  )) }
}
