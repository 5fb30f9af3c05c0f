"""What the operator can ask for, one file per group of commands."""
