"""Providers of a single sign-on: a real one, and one that misbehaves as it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from nahbar.onboarding.launch import ports
from tests.servers import LOOPBACK, REPO

CLIENT_ID, CLIENT_SECRET = "nahbar", "a secret of the tests and of nothing else"


def settings_for(issuer: str) -> dict[str, str]:
    """The settings that lead to a provider."""
    return {
        "NAHBAR_OIDC_ISSUER": issuer,
        "NAHBAR_OIDC_CLIENT_ID": CLIENT_ID,
        "NAHBAR_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "NAHBAR_OIDC_NAME": "Hauskonto",
    }


class RealProvider:
    """npm's oidc-provider in a process of its own. Accounts: subject → claims."""

    def __init__(self, *, base_url: str, accounts: dict[str, dict[str, Any]]) -> None:
        self.port = ports.any_port(LOOPBACK)
        # A host of its own: its cookies would meet ours on localhost.
        self.issuer = f"http://{LOOPBACK}:{self.port}"
        self._given = {
            "issuer": self.issuer,
            "port": self.port,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": f"{base_url}/anmelden/dienst/zurueck/",
            "accounts": accounts,
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", str(REPO / "tests/oidc/provider.mjs"), json.dumps(self._given)],
            cwd=REPO,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == "ready":
                return self
        raise RuntimeError("the provider did not start")

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass
class Misbehaving:
    """A provider that signs whatever it is told: `claims` and `header` replace what would be right."""

    claims: dict[str, Any] = field(default_factory=dict)
    publishes: bool = True
    signs_with: str = "own"
    discovered_issuer: str = ""
    leaves_out: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self.issuer = f"http://{LOOPBACK}:{self.server.server_address[1]}"
        self.asked: dict[str, str] = {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str, body: dict[str, list[str]]) -> dict[str, Any]:
        """What the provider says at an address."""
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.discovered_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}] if self.publishes else []}
        self.verifier = body["code_verifier"][0]
        return {"access_token": "x", "token_type": "Bearer", "id_token": self._token()}

    @property
    def pkce_holds(self) -> bool:
        """Whether the verifier fits the challenge that came with the redirect."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.asked["code_challenge"]

    def _token(self) -> str:
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "s-1", "exp": now + 300, "iat": now}
        claims = {
            **right,
            "nonce": self.asked["nonce"],
            "email": "neu@example.org",
            "email_verified": True,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.leaves_out}
        if self.signs_with == "nothing":
            return jwt.encode(claims, key="", algorithm="none", headers={"kid": "one"})
        if self.signs_with == "secret":
            return jwt.encode(claims, key=CLIENT_SECRET, algorithm="HS256", headers={"kid": "one"})
        key = self.key if self.signs_with == "own" else self.other_key
        return jwt.encode(claims, key=key, algorithm="RS256", headers={"kid": "one"})

    def come_back(self, redirect: str) -> str:
        """What a browser does there: the query with which it comes back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(redirect).query).items()}
        return urlencode({"code": "c", "state": self.asked["state"]})


def _handler(provider: Misbehaving) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _say(self, body: dict[str, list[str]]) -> None:
            data = json.dumps(provider.answer(self.path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._say(parse_qs(self.rfile.read(length).decode()))

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
