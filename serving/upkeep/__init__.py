"""What a worker keeps up beside its requests: the model it stands on, and the stop switch."""
