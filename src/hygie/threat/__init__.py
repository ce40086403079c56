"""Intelligence in, yearly frequencies with honest bands out."""
