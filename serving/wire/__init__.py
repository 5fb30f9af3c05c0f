"""What goes over the wire: one strict reading of what comes, one way to write what goes."""
