"""Accounts: who may come in, as what, and what was done."""
