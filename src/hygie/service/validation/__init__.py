"""The validation dossier: targets that were published, what the model says of them, and the fit to some of them."""
