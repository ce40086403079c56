"""The tables of accounts: who may come in, where, as what, and what was done; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from hygie.store.schema import CanonicalJson, Key, UtcDateTime, metadata

__all__ = [
    "account",
    "api_token",
    "audit_entry",
    "external_identity",
    "idempotency_key",
    "login_throttle",
    "membership",
    "setup_code",
    "sign_in_attempt",
    "web_session",
]

# Secrets (sessions, tokens, codes) are kept as SHA-256 only: they are random, so that a slow hash adds nothing.

# A person, or a machine with tokens of its own; may belong to several organisations.
account = Table(
    "account",
    metadata,
    Column("account_id", Key, primary_key=True),
    # Without case or spaces around: what is typed at the door.
    Column("login", Key, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    # Argon2id; none for an account that only comes in through single sign-on.
    Column("password_hash", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("signed_in_at", UtcDateTime),
)

membership = Table(
    "membership",
    metadata,
    Column("account_id", Key, ForeignKey("account.account_id"), primary_key=True),
    Column("organisation_id", Key, ForeignKey("organisation.organisation_id"), primary_key=True),
    Column("role", Text, nullable=False),
    # "local", or the provider whose groups gave it and may take it away.
    Column("source", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_membership_organisation", "organisation_id"),
)

external_identity = Table(
    "external_identity",
    metadata,
    Column("issuer", Key, primary_key=True),
    Column("subject", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.account_id"), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    Index("ix_external_identity_account", "account_id"),
)

web_session = Table(
    "web_session",
    metadata,
    Column("session_hash", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.account_id"), nullable=False),
    Column("organisation_id", Key, ForeignKey("organisation.organisation_id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("address", Text),
    Column("browser", Text),
    Column("provider", Text),
    Index("ix_web_session_account", "account_id"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_id", Key, primary_key=True),
    Column("token_hash", Key, nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.account_id"), nullable=False),
    Column("organisation_id", Key, ForeignKey("organisation.organisation_id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", CanonicalJson, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index("ix_api_token_account", "account_id"),
)

# Append-only: triggers refuse UPDATE and DELETE. Each line carries the hash of the one before, per organisation.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("organisation_id", Key, ForeignKey("organisation.organisation_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("account_id", Key),
    Column("action", Key, nullable=False),
    Column("target", Text),
    Column("details", CanonicalJson, nullable=False),
    Column("address", Text),
    Column("previous_hash", Text, nullable=False),
    Column("entry_hash", Text, nullable=False),
)

# Failed attempts by account and by address, shared by every process of the installation; subjects are hashed.
login_throttle = Table(
    "login_throttle",
    metadata,
    Column("subject", Key, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime, nullable=False),
)

# The answer to a write, kept for whoever sends the same write again.
idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("organisation_id", Key, ForeignKey("organisation.organisation_id"), primary_key=True),
    Column("account_id", Key, ForeignKey("account.account_id"), primary_key=True),
    Column("key", Key, primary_key=True),
    Column("request_digest", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # None while the first request is still at work.
    Column("status", Integer),
    Column("headers", CanonicalJson),
    Column("body", LargeBinary),
)

# One row at most: the code that makes the first account.
setup_code = Table(
    "setup_code",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("code_hash", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# A browser that was sent to an identity provider and is expected back, once.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("state_hash", Key, primary_key=True),
    Column("browser_hash", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("code_verifier", Text, nullable=False),
    Column("next_path", Text, nullable=False),
    # The account that asked for the link, when it is not a sign-in.
    Column("account_id", Key, ForeignKey("account.account_id")),
    Column("expires_at", UtcDateTime, nullable=False),
)
