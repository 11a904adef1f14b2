"""Tools used by the other packages: virtual environments, Terraform, processes."""
