"""Reports: a view model becomes a document. Pure; no model, no network, no script inside the pages."""
