"""Where the network ends: how long and how much is waited for, and how a worker stops."""
