"""Who saw whom: written down before anything is shown."""
