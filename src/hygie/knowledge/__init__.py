"""What is known: packs of evidence, estimates, incidents, counts, campaigns and actors, on a given date."""
