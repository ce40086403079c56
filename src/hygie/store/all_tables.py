"""The tables of every part on one metadata: whoever works on all of them starts here."""

from hygie.store import account_tables as _account_tables
from hygie.store import application_schema as _application_schema
from hygie.store.schema import metadata

__all__ = ["metadata"]

# Imported for its tables.
assert _application_schema.document.metadata is metadata
assert _account_tables.account.metadata is metadata
