"""Readers of the formats in which others publish: one module for each."""
