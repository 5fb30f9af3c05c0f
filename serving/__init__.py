"""From bytes to a journaled answer: the caseworker system's and the auditor's room."""
