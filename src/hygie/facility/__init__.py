"""Organisations that can be hurt: activity, zones, services, links, controls and posture."""
