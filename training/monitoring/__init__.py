"""What happens after release: whether people, estimates and outcomes still are what they were."""
