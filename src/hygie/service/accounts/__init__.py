"""Accounts: who works with an organisation's records, and what each may do."""
