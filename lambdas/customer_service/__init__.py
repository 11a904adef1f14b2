"""Opens cases where a person may have to help, and tells the customer in a few words how the order is doing."""
