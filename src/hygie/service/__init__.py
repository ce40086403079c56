"""Use cases: the one place where belief and computation meet."""
