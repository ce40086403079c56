"""Accounts, their roles, sessions and tokens; the audit log; answers kept for writes that are sent twice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

SQLITE = (
    """CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry BEGIN
        SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry BEGIN
        SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    # INSERT OR REPLACE would remove a line without firing the trigger above.
    """CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
        WHEN EXISTS (SELECT 1 FROM audit_entry
            WHERE organisation_id = NEW.organisation_id AND number = NEW.number) BEGIN
        SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION hygie_refuse_audit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$""",
    """CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION hygie_refuse_audit()""",
)


def _refer(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{column}"], name=f"fk_{table}_{target}")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("login", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("signed_in_at", INSTANT),
        sa.PrimaryKeyConstraint("account_id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )
    op.create_table(
        "membership",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "organisation_id", name="pk_membership"),
        _refer("membership", "account_id", "account"),
        _refer("membership", "organisation_id", "organisation"),
    )
    op.create_index("ix_membership_organisation", "membership", ["organisation_id"])
    op.create_table(
        "external_identity",
        sa.Column("issuer", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_external_identity"),
        _refer("external_identity", "account_id", "account"),
    )
    op.create_index("ix_external_identity_account", "external_identity", ["account_id"])
    op.create_table(
        "web_session",
        sa.Column("session_hash", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("browser", sa.Text),
        sa.Column("provider", sa.Text),
        sa.PrimaryKeyConstraint("session_hash", name="pk_web_session"),
        _refer("web_session", "account_id", "account"),
        _refer("web_session", "organisation_id", "organisation"),
    )
    op.create_index("ix_web_session_account", "web_session", ["account_id"])
    op.create_table(
        "api_token",
        sa.Column("token_id", KEY, nullable=False),
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
        _refer("api_token", "account_id", "account"),
        _refer("api_token", "organisation_id", "organisation"),
    )
    op.create_index("ix_api_token_account", "api_token", ["account_id"])
    op.create_table(
        "audit_entry",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("account_id", KEY),
        sa.Column("action", KEY, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("details", JSON, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("entry_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "number", name="pk_audit_entry"),
        _refer("audit_entry", "organisation_id", "organisation"),
    )
    op.create_table(
        "login_throttle",
        sa.Column("subject", KEY, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", INSTANT, nullable=False),
        sa.Column("blocked_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_login_throttle"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("request_digest", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", JSON),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("organisation_id", "account_id", "key", name="pk_idempotency_key"),
        _refer("idempotency_key", "organisation_id", "organisation"),
        _refer("idempotency_key", "account_id", "account"),
    )
    op.create_table(
        "setup_code",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_setup_code"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("state_hash", KEY, nullable=False),
        sa.Column("browser_hash", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("code_verifier", sa.Text, nullable=False),
        sa.Column("next_path", sa.Text, nullable=False),
        sa.Column("account_id", KEY),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_sign_in_attempt"),
        _refer("sign_in_attempt", "account_id", "account"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


TABLES = (
    "sign_in_attempt",
    "setup_code",
    "idempotency_key",
    "login_throttle",
    "audit_entry",
    "api_token",
    "web_session",
    "external_identity",
    "membership",
    "account",
)


def downgrade() -> None:
    """Remove accounts and their audit log: back up first."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hygie_refuse_audit()")
