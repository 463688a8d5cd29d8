"""Who calls: a signed token in each request, of a client whose key was put into a file here, for this address, once.

A key is bound to the issuers that may sign with it. It comes from the file and from nowhere else: what a token says of where its
key is to be found (`jku`) is not followed, and a token that brings a key along is refused. Why a token is refused is told nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from triage.errors import RequestError, TriageError, quote
from triage.syntax import read_json

if TYPE_CHECKING:
    from jwt import PyJWK

# The two that CDS Hooks names.
ALGORITHMS = ("ES384", "RS384")
SHORTEST_LEEWAY = 5
# A token lives an hour at most, as the good practice of CDS Hooks has it; so long its number is remembered.
LONGEST_LIFE = 3600
SHORTEST_RSA = 2048
# Parts of a header that would bring a key along, or change what is signed.
_REFUSED_PARTS = frozenset({"crit", "b64", "jwk", "x5c", "x5u", "zip", "enc"})

Name = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Second = Annotated[int, Field(strict=True, ge=0, lt=1 << 40)]


class TokenError(TriageError):
    """A caller that is not who it has to be. It carries nothing: the answer is the same whatever was wrong."""


class Use(NamedTuple):
    """A sound token: who issued it and when, its number, and when it can be forgotten."""

    issuer: str
    number: str
    issued: int
    ends: int


class Key(NamedTuple):
    """A public key and who may sign with it."""

    issuers: frozenset[str]
    key: PyJWK


class Trust(NamedTuple):
    """The keys by their ids, and by how many seconds clocks may differ. Without a key nobody is let in."""

    keys: Mapping[str, tuple[Key, ...]]
    leeway: int = SHORTEST_LEEWAY


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, defer_build=True)


class _Header(_Strict):
    alg: Literal["ES384", "RS384"]
    kid: Name
    typ: Literal["JWT"]


class _Claims(_Strict):
    iss: Name
    aud: Name | list[Name]
    exp: Second
    iat: Second
    nbf: Second | None = None
    jti: Name


def check_token(token: str, address: str, trust: Trust, *, now: float, remember: Callable[[Use], bool]) -> None:
    """Let a token pass that was signed for this address, is of now, and comes for the first time. Raises TokenError.

    `remember` is given a token that is sound in all else, and says whether this is its first use.
    """
    claims = _verify(token, trust.keys)
    audience = claims.aud if isinstance(claims.aud, list) else [claims.aud]
    begins, ends = max(claims.iat, claims.nbf or 0), claims.exp
    is_of_now = begins - trust.leeway <= now < ends + trust.leeway and 0 < ends - claims.iat <= LONGEST_LIFE
    use = Use(claims.iss, claims.jti, claims.iat, ends + trust.leeway)
    if audience != [address] or not is_of_now or not remember(use):
        raise TokenError


def _verify(token: str, keys: Mapping[str, tuple[Key, ...]]) -> _Claims:
    """What a token claims, signed by a key of who claims it."""
    from jwt import PyJWS
    from jwt.exceptions import PyJWTError

    signatures = PyJWS(ALGORITHMS)
    try:
        given = signatures.get_unverified_header(token)
        header = _Header.model_validate(given)
        if _REFUSED_PARTS & set(given):
            raise TokenError
        for key in keys.get(header.kid, ()):
            claims = _try_key(signatures, token, header.alg, key)
            if claims is not None:
                return claims
    except (PyJWTError, ValidationError, UnicodeError):
        raise TokenError from None
    raise TokenError


def _try_key(signatures: Any, token: str, algorithm: str, key: Key) -> _Claims | None:
    """The claims if this key signed them and its owner makes them."""
    from jwt.exceptions import InvalidSignatureError

    if key.key.algorithm_name != algorithm:
        return None
    try:
        payload = signatures.decode_complete(token, key.key, algorithms=[algorithm])["payload"]
    except InvalidSignatureError:
        return None
    claims = _Claims.model_validate_json(payload)
    return claims if claims.iss in key.issuers else None


def read_trust(data: bytes, issuers: Sequence[str], leeway: int = SHORTEST_LEEWAY) -> Trust:
    """A JWK set as keys. Each names its issuer in a member `iss`; where one issuer is let in, a key without is that one's.

    Raises RequestError for a file that cannot be trusted, and for a leeway under five seconds.
    """
    if leeway < SHORTEST_LEEWAY:
        raise RequestError(f"a leeway of {leeway} seconds is too short for clocks that differ; give {SHORTEST_LEEWAY} or more")
    source = read_json(data, "keys")
    sets = source.tree.get("keys") if isinstance(source.tree, dict) else None
    if not issuers or not isinstance(sets, list) or not sets:
        raise RequestError(
            'the keys of clients are a JWK set, {"keys": […]} with one key or more, and at least one issuer is named'
        )
    found: dict[str, tuple[Key, ...]] = {}
    for number, given in enumerate(sets, 1):
        kid, key = _read_key(given, f"key {number}", issuers)
        if any(other.issuers & key.issuers for other in found.get(kid, ())):
            raise RequestError(
                f"key {number}: its issuer has another key of the same id {quote(kid)}; give each an id of its own"
            )
        found[kid] = (*found.get(kid, ()), key)
    return Trust(found, leeway)


def _read_key(given: Any, name: str, issuers: Sequence[str]) -> tuple[str, Key]:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    if not isinstance(given, dict) or not isinstance(given.get("kid"), str) or not given["kid"]:
        raise RequestError(f"{name}: has no `kid`, by which tokens name it; add one")
    if {"d", "p", "q", "k"} & set(given):
        raise RequestError(f"{name}: is a secret key; put the public part here, and take the secret out of this machine")
    algorithm = given.get("alg")
    if algorithm not in ALGORITHMS or given.get("use", "sig") != "sig":
        raise RequestError(f"{name}: is for no algorithm that is taken; say `alg`: {' or '.join(ALGORITHMS)}, and `use`: sig")
    try:
        key = PyJWK.from_dict(given, algorithm)
    except (PyJWTError, ValueError):
        raise RequestError(f"{name}: is no public key for {algorithm}; export it anew as a JWK") from None
    _check_strength(name, algorithm, key)
    return given["kid"], Key(_bind(given, name, issuers), key)


def _check_strength(name: str, algorithm: str, key: PyJWK) -> None:
    size, wanted = key.key.key_size, 384 if algorithm == "ES384" else SHORTEST_RSA
    if (size != wanted) if algorithm == "ES384" else (size < wanted):
        raise RequestError(f"{name}: has {size} bits; {algorithm} takes {wanted}{'' if algorithm == 'ES384' else ' or more'}")


def _bind(given: Mapping[str, Any], name: str, issuers: Sequence[str]) -> frozenset[str]:
    """Who may sign with a key."""
    named = given.get("iss")
    if named is None and len(issuers) == 1:
        return frozenset(issuers)
    listed = _texts([named] if isinstance(named, str) else named)
    if not listed or not listed <= set(issuers):
        raise RequestError(f"{name}: `iss` has to name one of the issuers that are let in; with several, each key names its own")
    return listed


def _texts(given: Any) -> frozenset[str]:
    return frozenset(text for text in given if isinstance(text, str)) if isinstance(given, Iterable) else frozenset()
