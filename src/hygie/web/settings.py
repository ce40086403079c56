"""What the server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from hygie.core.errors import UsageError
from hygie.service.accounts.principal import Principal

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "Settings", "is_loopback"]

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the server listens, and what it works on.

    Parameters
    ----------
    public_url
        The address that people type when a reverse proxy stands before the server, such as
        ``https://hygie.hospital.example``; forwarding headers are never believed.
    allow_network
        Listen on other addresses than loopback.
    max_body
        Largest body of a request [bytes].
    max_upload
        Largest file that somebody sends to be imported [bytes].
    sso
        File of identity providers; none without it.
    development_principal
        Who every request comes from, in tests only.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    workspace: Path | None = None
    database: str | None = None
    organisation: str = "default"
    public_url: str | None = None
    allow_network: bool = False
    worker: bool = True
    max_body: int = 32 * 1024 * 1024
    max_upload: int = 128 * 1024 * 1024
    sso: Path | None = None
    development_principal: Principal | None = None

    def __post_init__(self) -> None:
        if not self.allow_network and not is_loopback(self.host):
            raise UsageError(
                "this address can be reached from other machines",
                field="--host",
                value=self.host,
                allowed="127.0.0.1, ::1 or localhost",
                repair="keep the default and put a reverse proxy with TLS before it (nginx, Caddy, Apache), "
                "named by --public-url; or add --allow-network where the network itself is protected: "
                "hygie speaks plain HTTP, so passwords would cross it readable",
            )
        if self.public_url is not None:
            parts = urlsplit(self.public_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
                raise UsageError(
                    "this is not the address of a site",
                    field="--public-url",
                    value=self.public_url,
                    allowed="https://name or https://name:port, no path",
                    repair="write the address that people type, such as https://hygie.hospital.example",
                )

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS: cookies are then marked ``Secure``."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """Names that a ``Host`` header may give, without port."""
        names = {*_LOCAL_NAMES, f"[{self.host}]" if ":" in self.host else self.host}
        if self.public_url is not None:
            names.add(str(urlsplit(self.public_url).hostname))
        return frozenset(name.lower() for name in names)


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
