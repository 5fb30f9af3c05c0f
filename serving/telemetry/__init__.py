"""What is seen of the service from outside: log lines, metrics and traces, and nobody in them."""
