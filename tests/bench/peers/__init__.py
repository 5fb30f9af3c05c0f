"""What others serve the same model with, as their own tutorials write it."""
