"""What is kept in files: documents read with care, results and workspaces."""
