"""The tools that everything else runs with: virtual environments, Terraform, processes."""
