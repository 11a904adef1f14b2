"""What orders cost on AWS: counted operations times list prices."""
