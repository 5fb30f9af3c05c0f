"""The practice cases: requests as files, and the index with what happened."""
