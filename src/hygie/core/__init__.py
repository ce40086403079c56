"""The vocabulary every room shares: units, evidence, estimates, ids, columns, waists, errors. No I/O here."""
