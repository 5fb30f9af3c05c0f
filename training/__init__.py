"""From register extract to published candidate: the data scientist's room."""
