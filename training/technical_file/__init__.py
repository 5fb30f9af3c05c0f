"""The technical documentation of the AI Act, Annex IV: put together from what is there, or not finished."""
