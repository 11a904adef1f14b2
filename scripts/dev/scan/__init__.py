"""Policy scanning: the plans of all environments made without AWS, checkov over them and over the source, reports."""
