"""Who asks: the one dependency that every route takes."""
