"""Who asks: the dependency that every route takes, and the pages of accounts."""
