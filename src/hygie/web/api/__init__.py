"""The REST API under `/api/v1`: one module for each noun, each route a few lines above a service."""
