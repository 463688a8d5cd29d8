"""A client that signs tokens, with a key of its own."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

NOW = 1_800_000_000
ISSUER = "https://ehr.example/"
ADDRESS = "https://cds.example/cds-services/some-service"


def make_claims(**changes: Any) -> dict[str, Any]:
    claims = {"iss": ISSUER, "aud": ADDRESS, "exp": NOW + 300, "iat": NOW, "jti": str(uuid4()), **changes}
    return {name: value for name, value in claims.items() if value is not None}


class Client:
    """A client and its key; `public` is how it stands in a JWK set."""

    def __init__(self, algorithm: str, kid: str, *, issuer: str = ISSUER) -> None:
        self.algorithm, self.kid, self.issuer = algorithm, kid, issuer
        self.private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if algorithm == "ES384":
            self.private = ec.generate_private_key(ec.SECP384R1())
            told = ECAlgorithm.to_jwk(self.private.public_key())
        else:
            self.private = rsa.generate_private_key(65537, 2048)
            told = RSAAlgorithm.to_jwk(self.private.public_key())
        self.public: dict[str, Any] = {**json.loads(told), "kid": kid, "alg": algorithm, "use": "sig", "iss": issuer}

    def sign(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token as a client makes it, with changes of its header and its claims."""
        claims = make_claims(**{"iss": self.issuer, **changes})
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid, **(header or {})})
