"""What a role may do, and what the scopes of a token leave of it."""

from __future__ import annotations

from typing import Literal

from hygie.core.errors import ForbiddenError
from hygie.service.accounts.principal import Principal, Role

__all__ = ["PERMISSIONS", "SCOPES", "Permission", "Scope", "allows", "list_permissions", "require"]

Permission = Literal["read", "write_facts", "write_facility", "run", "approve", "administer"]
PERMISSIONS: tuple[Permission, ...] = ("read", "write_facts", "write_facility", "run", "approve", "administer")

Scope = Literal["read", "write", "run", "approve", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "run", "approve", "admin")

_VIEWER: frozenset[Permission] = frozenset({"read"})
_ANALYST: frozenset[Permission] = _VIEWER | {"write_facts", "write_facility", "run"}
_APPROVER: frozenset[Permission] = _ANALYST | {"approve"}
_OF_ROLE: dict[Role, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "analyst": _ANALYST,
    "approver": _APPROVER,
    "admin": frozenset(PERMISSIONS),
}
_OF_SCOPE: dict[str, frozenset[Permission]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"write_facts", "write_facility"}),
    "run": frozenset({"run"}),
    "approve": frozenset({"approve"}),
    "admin": frozenset({"administer"}),
}


def list_permissions(role: Role, scopes: frozenset[str]) -> frozenset[Permission]:
    """Return what a role may do through the scopes of a token; ``{"*"}`` leaves all of it.

    >>> sorted(list_permissions("analyst", frozenset({"read", "admin"})))
    ['read']
    """
    of_role = _OF_ROLE[role]
    if "*" in scopes:
        return of_role
    through: frozenset[Permission] = frozenset().union(*(_OF_SCOPE.get(scope, frozenset()) for scope in scopes))
    return of_role & through


def allows(principal: Principal, permission: Permission) -> bool:
    """Return whether somebody may do this in the organisation where they are."""
    return permission in list_permissions(principal.role, principal.scopes)


def require(principal: Principal, permission: Permission) -> None:
    """Refuse what somebody may not do.

    Raises
    ------
    ForbiddenError
        Their role does not go so far, or their token does not.
    """
    if allows(principal, permission):
        return
    of_role = permission in _OF_ROLE[principal.role]
    raise ForbiddenError(
        "this token may not do this" if of_role else "your role may not do this",
        field="scope" if of_role else "role",
        value=", ".join(sorted(principal.scopes)) if of_role else principal.role,
        allowed=", ".join(
            [scope for scope, permissions in _OF_SCOPE.items() if permission in permissions]
            if of_role
            else [role for role, permissions in _OF_ROLE.items() if permission in permissions]
        ),
        repair="make a token with this scope" if of_role else "ask an administrator of your organisation",
    )
