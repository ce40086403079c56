"""Speaks OpenID Connect to one identity provider: discovery, code with PKCE, tokens whose signature is checked.

Sources: OpenID Connect Core 1.0 (3.1.2, 3.1.3.7), Discovery 1.0, RP-Initiated Logout 1.0; RFC 7636 (PKCE), RFC 9207
(`iss` in the answer).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from hygie.core.errors import AuthenticationError, StoreError
from hygie.service.accounts.sso_settings import ProviderSettings, is_safe_address

if TYPE_CHECKING:
    from requests import Session

__all__ = ["Identity", "OidcClient"]

TIMEOUT_S = 10
MAX_BYTES = 1 << 20
METADATA_LIFE_S = 600
LEEWAY_S = 60
# Asymmetric ones only: with a shared secret, whoever reads it could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the provider says that somebody is."""

    issuer: str
    subject: str
    login: str | None
    name: str | None
    groups: frozenset[str]


@dataclass(slots=True)
class OidcClient:
    """One provider; what it says of itself is kept for ten minutes."""

    settings: ProviderSettings
    _metadata: dict[str, Any] = field(default_factory=dict, repr=False)
    _read_at: float = field(default=0.0, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def make_address(self, *, callback: str, state: str, nonce: str, code_verifier: str) -> str:
        """Return where a browser goes to sign in.

        Raises
        ------
        StoreError
            The provider cannot be reached, or says something else than it should.
        """
        endpoint = self._read_metadata()["authorization_endpoint"]
        with self._open_session(callback) as session:
            address, _state = session.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=code_verifier
            )
        return str(address)

    def read_identity(
        self, answer: Mapping[str, str], *, callback: str, nonce: str, code_verifier: str, now: int
    ) -> Identity:
        """Return who came back with an answer of the provider.

        Parameters
        ----------
        answer
            The query that the browser brought, its `state` already checked.
        now
            Seconds since 1970, against which the token must hold.

        Raises
        ------
        AuthenticationError
            The provider refused, or what it signed does not fit.
        StoreError
            The provider cannot be reached.
        """
        metadata = self._read_metadata()
        issuer = answer.get("iss")
        if issuer != self.settings.issuer and (
            issuer is not None or metadata.get("authorization_response_iss_parameter_supported") is True
        ):
            raise self._refuse("the answer came from another provider")
        if "error" in answer or not answer.get("code"):
            raise self._refuse("the provider did not let you in")
        with self._open_session(callback) as session:
            tokens = self._exchange(session, metadata, code=answer["code"], code_verifier=code_verifier)
            keys = self._read_json(session, str(metadata["jwks_uri"]))
            claims = self._check_token(str(tokens["id_token"]), keys, nonce=nonce, now=now)
            claims = self._complete(session, metadata, claims, access_token=str(tokens.get("access_token", "")))
        return self._name(claims)

    def make_logout_address(self, *, back: str) -> str | None:
        """Return where a browser goes to sign out of the provider, too; None when it offers no such place."""
        endpoint = self._read_metadata().get("end_session_endpoint")
        if not isinstance(endpoint, str) or not is_safe_address(endpoint):
            return None
        query = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def _read_metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._metadata and time.monotonic() - self._read_at < METADATA_LIFE_S:
                return self._metadata
        address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        with self._open_session("") as session:
            found = self._read_json(session, address)
        named = str(found.get("issuer"))
        if named != self.settings.issuer:
            raise self._complain("the identity provider has another name than the settings say", named)
        for name in _ENDPOINTS:
            endpoint = found.get(name)
            if not isinstance(endpoint, str) or not is_safe_address(endpoint):
                raise self._complain(f"the identity provider gives no safe address for {name}", str(endpoint))
            if self.settings.issuer.startswith("https:") and not endpoint.startswith("https:"):
                raise self._complain(f"the identity provider gives no safe address for {name}", endpoint)
        with self._lock:
            self._metadata, self._read_at = found, time.monotonic()
        return found

    def _open_session(self, callback: str) -> Any:
        # Takes half a second to import: only where somebody signs in so.
        from authlib.integrations.requests_client import OAuth2Session

        secret = self.settings.read_secret()
        session = OAuth2Session(
            self.settings.client_id,
            secret,
            scope=" ".join(self.settings.scopes),
            redirect_uri=callback,
            code_challenge_method="S256",
            token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        )
        # A proxy of the hospital has nothing to do with what is on this machine.
        session.trust_env = urlsplit(self.settings.issuer).scheme == "https"
        return session

    def _exchange(self, session: Any, metadata: Mapping[str, Any], *, code: str, code_verifier: str) -> dict[str, Any]:
        import requests
        from authlib.common.errors import AuthlibBaseError

        try:
            tokens = session.fetch_token(
                str(metadata["token_endpoint"]),
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except AuthlibBaseError:
            raise self._refuse("the provider did not accept its own code") from None
        except (requests.RequestException, ValueError) as error:
            raise self._complain("the identity provider cannot be reached", type(error).__name__) from None
        if not isinstance(tokens, dict) or not isinstance(tokens.get("id_token"), str):
            raise self._refuse("the provider gave no identity")
        return dict(tokens)

    def _check_token(self, token: str, keys: Mapping[str, Any], *, nonce: str, now: int) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            decoded = jwt.decode(token, key_set, algorithms=list(ALGORITHMS))
            registry.validate(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise self._refuse(f"what the provider signed does not fit ({type(error).__name__})") from None
        claims = dict(decoded.claims)
        audience = claims["aud"]
        party = claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or (
            party is not None and party != self.settings.client_id
        ):
            raise self._refuse("what the provider signed is meant for somebody else")
        return claims

    def _complete(
        self, session: Any, metadata: Mapping[str, Any], claims: dict[str, Any], *, access_token: str
    ) -> dict[str, Any]:
        names = self.settings.claims
        wanted = {names.login, names.name, names.groups}
        endpoint = metadata.get("userinfo_endpoint")
        if wanted <= claims.keys() or not access_token or not isinstance(endpoint, str):
            return claims
        if not is_safe_address(endpoint):
            raise self._complain("the identity provider gives no safe address for userinfo_endpoint", endpoint)
        more = self._read_json(session, endpoint, headers={"Authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise self._refuse("the provider spoke of two people")
        return {**{name: more[name] for name in wanted if name in more}, **claims}

    def _name(self, claims: Mapping[str, Any]) -> Identity:
        names = self.settings.claims
        login, name, groups = claims.get(names.login), claims.get(names.name), claims.get(names.groups, ())
        if isinstance(groups, str):
            groups = [groups]
        if not isinstance(groups, list | tuple):
            groups = []
        return Identity(
            issuer=self.settings.issuer,
            subject=str(claims["sub"])[:255],
            login=login if isinstance(login, str) else None,
            name=name if isinstance(name, str) else None,
            groups=frozenset(group for group in groups if isinstance(group, str)),
        )

    def _read_json(self, session: Session, address: str, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        import requests

        try:
            with session.request(
                "GET",
                address,
                headers={"Accept": "application/json", **(headers or {})},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
                withhold_token=True,  # type: ignore[call-arg]
            ) as answer:
                body, status = answer.raw.read(MAX_BYTES + 1, decode_content=True), f"status {answer.status_code}"
                if answer.status_code != 200 or len(body) > MAX_BYTES:
                    raise self._complain("the identity provider answered something else", status)
            found = json.loads(body)
        except (requests.RequestException, OSError) as error:
            raise self._complain("the identity provider cannot be reached", type(error).__name__) from None
        except ValueError:
            raise self._complain("the identity provider answered something else", "no JSON") from None
        if not isinstance(found, dict):
            raise self._complain("the identity provider answered something else", "no JSON object")
        return found

    def _refuse(self, reason: str) -> AuthenticationError:
        return AuthenticationError(
            reason, field="provider", value=self.settings.id, repair="sign in again from the start"
        )

    def _complain(self, reason: str, value: str) -> StoreError:
        return StoreError(
            reason,
            field=self.settings.id,
            value=value,
            repair="sign in with a password, and tell who runs the installation",
        )
