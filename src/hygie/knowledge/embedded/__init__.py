"""Knowledge that comes with hygie, through the galaxies of the MISP project: techniques, actors, software, places."""

from hygie.knowledge.embedded.reading import read_embedded

__all__ = ["read_embedded"]
