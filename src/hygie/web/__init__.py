"""The pages and the API: server-rendered, thin, no business logic."""
