"""What people say of a case, from bytes to journal: a vurdering, an innsigelse."""
