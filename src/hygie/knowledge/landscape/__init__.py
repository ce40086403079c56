"""The state of the threat in a sector, a country and a window: published counts beside documented incidents."""

from hygie.knowledge.landscape.build import Landscape, build_landscape
from hygie.knowledge.landscape.select import Knowledge, Scope, ThreatClass, knowledge_of, read_classes
from hygie.knowledge.landscape.windows import Window, parse_window

__all__ = [
    "Knowledge",
    "Landscape",
    "Scope",
    "ThreatClass",
    "Window",
    "build_landscape",
    "knowledge_of",
    "parse_window",
    "read_classes",
]
