"""Only a token that a known client signed for this address passes, while it lasts, once; nobody learns why another does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from signing import ADDRESS, ISSUER, NOW, Client, make_claims

from triage.errors import RequestError
from triage.hooks import tokens
from triage.hooks.tokens import LONGEST_LIFE, TokenError, Trust, Use, check_token, read_trust

if TYPE_CHECKING:
    from collections.abc import Callable

EC, RSA = Client("ES384", "ec"), Client("RS384", "rsa")
OTHER = Client("ES384", "other", issuer="https://other.example/")
TRUST = read_trust(json.dumps({"keys": [EC.public, RSA.public, OTHER.public]}).encode(), [ISSUER, OTHER.issuer])

# The example of CDS Hooks 2.0, section "Trusting CDS Clients": its key, and its token whole.
HL7_PRIVATE = {
    "kty": "EC",
    "d": "SeFXUXda8UomZ8GFUl7HH_Oi15rIbfMcsWj9ecIsDR8kLbqsEz2CGNgwy_IcILxy",
    "use": "sig",
    "crv": "P-384",
    "kid": "example-kid",
    "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
    "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
    "alg": "ES384",
}
HL7_KEYS = json.dumps({"keys": [{name: value for name, value in HL7_PRIVATE.items() if name != "d"}]}).encode()
HL7_TOKEN = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9qd2tfdXJpIn0"
    ".eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlcy9zb21lLXNlcn"
    "ZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZhMzNhYzFlIiwidGVuYW50Ij"
    "oiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0"
    ".d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)
HL7_ISSUER, HL7_ADDRESS = "https://fhir-ehr.example.com/", "https://cds.example.org/cds-services/some-service"
HL7_ISSUED, HL7_ENDS = 1311280970, 1422568860


def passes(token: str, *, address: str = ADDRESS, trust: Trust = TRUST, now: float = NOW, first: bool = True) -> bool:
    try:
        check_token(token, address, trust, now=now, remember=lambda _: first)
    except TokenError as error:
        return bool(str(error))  # it says nothing
    return True


def encode(part: dict[str, Any] | str) -> str:
    data = part if isinstance(part, str) else json.dumps(part)
    return base64.urlsafe_b64encode(data.encode()).rstrip(b"=").decode()


def resign(header: dict[str, Any] | str, claims: dict[str, Any] | str, client: Client = EC) -> str:
    """A token signed soundly whatever stands in it."""
    signed = f"{encode(header)}.{encode(claims)}"
    algorithm = ECAlgorithm(ECAlgorithm.SHA384, None) if client.algorithm == "ES384" else RSAAlgorithm(RSAAlgorithm.SHA384)
    signature = algorithm.sign(signed.encode(), client.private)  # type: ignore[arg-type] # one kind of key each
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


HEADER = {"alg": "ES384", "typ": "JWT", "kid": "ec"}


# The example of the standard


def test_the_example_of_the_standard_is_signed_by_its_key_and_says_what_the_standard_says() -> None:
    trust = read_trust(HL7_KEYS, [HL7_ISSUER])
    claims = tokens._verify(HL7_TOKEN, trust.keys)
    assert (claims.iss, claims.aud, claims.iat, claims.exp) == (HL7_ISSUER, HL7_ADDRESS, HL7_ISSUED, HL7_ENDS)
    assert claims.jti == "ee22b021-e1b7-4611-ba5b-8eec6a33ac1e"


def test_the_example_of_the_standard_passes_but_for_a_life_of_three_years(monkeypatch: pytest.MonkeyPatch) -> None:
    trust = read_trust(HL7_KEYS, [HL7_ISSUER])
    assert not passes(HL7_TOKEN, address=HL7_ADDRESS, trust=trust, now=HL7_ISSUED + 1)
    monkeypatch.setattr(tokens, "LONGEST_LIFE", HL7_ENDS - HL7_ISSUED)
    assert passes(HL7_TOKEN, address=HL7_ADDRESS, trust=trust, now=HL7_ISSUED + 1)
    assert not passes(HL7_TOKEN, address="https://cds.example.org/cds-services", trust=trust, now=HL7_ISSUED + 1)
    assert not passes(HL7_TOKEN, address=HL7_ADDRESS, trust=TRUST, now=HL7_ISSUED + 1)
    assert not passes(HL7_TOKEN, address=HL7_ADDRESS, trust=trust, now=HL7_ENDS + 5)


def test_a_token_of_the_standards_key_with_its_header_and_a_shorter_life_passes() -> None:
    key = jwt.PyJWK.from_dict(HL7_PRIVATE).key
    claims = make_claims(iss=HL7_ISSUER, aud=HL7_ADDRESS, tenant="2ddd6c3a-8e9a-44c6-a305-52111ad302a2")
    header = {"kid": "example-kid", "jku": "https://fhir-ehr.example.com/jwk_uri"}
    token = jwt.encode(claims, key, "ES384", headers=header)
    assert passes(token, address=HL7_ADDRESS, trust=read_trust(HL7_KEYS, [HL7_ISSUER]))


# What passes


@pytest.mark.parametrize("client", [EC, RSA, OTHER], ids=lambda client: client.kid)
@pytest.mark.parametrize("audience", [ADDRESS, [ADDRESS]], ids=["text", "list"])
def test_a_token_of_a_known_client_for_this_address_passes(client: Client, audience: str | list[str]) -> None:
    assert passes(client.sign(aud=audience))


def test_what_a_token_says_of_where_its_key_is_is_not_followed() -> None:
    assert passes(EC.sign({"jku": "http://127.0.0.1:9/keys"}))
    assert not passes(Client("ES384", "ec").sign({"jku": "http://127.0.0.1:9/keys"}))


def test_a_header_that_means_nothing_here_is_passed_over() -> None:
    assert passes(EC.sign({"x5t": "abc", "more": 1}))


def test_what_is_remembered_is_the_use_of_a_sound_token() -> None:
    used: list[Use] = []

    def remember(use: Use) -> bool:
        used.append(use)
        return True

    check_token(EC.sign(jti="n1"), ADDRESS, TRUST, now=NOW, remember=remember)
    assert used == [Use(ISSUER, "n1", NOW, NOW + 300 + TRUST.leeway)]
    with pytest.raises(TokenError):
        check_token(EC.sign(jti="n2"), f"{ADDRESS}x", TRUST, now=NOW, remember=remember)
    assert len(used) == 1


# What does not


def test_a_token_that_was_used_is_refused() -> None:
    assert not passes(EC.sign(), first=False)


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti"])
@pytest.mark.parametrize("value", [None, "", [], {}, True, -1, 1.5, "x", ["x"], [1], [[ADDRESS]], 1 << 70])
def test_a_claim_that_is_missing_or_of_another_shape_is_refused(name: str, value: object) -> None:
    claims = {**make_claims(), name: value}
    assert passes(resign(HEADER, claims)) is (name == "jti" and value == "x")
    del claims[name]
    assert not passes(resign(HEADER, claims))


@pytest.mark.parametrize(
    "audience",
    [
        "https://cds.example",
        "https://cds.example/cds-services",
        f"{ADDRESS}/",
        f"{ADDRESS}/feedback",
        ADDRESS.upper(),
        ADDRESS.replace("https", "http"),
        f" {ADDRESS}",
        f"{ADDRESS}?x",
        [ADDRESS, ADDRESS],
        [ADDRESS, "https://elsewhere.example/"],
    ],
    ids=str,
)
def test_a_token_for_another_address_or_for_more_than_one_is_refused(audience: object) -> None:
    assert not passes(EC.sign(aud=audience))


@pytest.mark.parametrize("leeway", [5, 60])
def test_a_token_is_of_now_within_the_leeway_and_no_further(leeway: int) -> None:
    trust = TRUST._replace(leeway=leeway)
    issued, ends = NOW, NOW + 300
    for now, expected in {
        issued - leeway - 1: False,
        issued - leeway: True,
        issued: True,
        ends: True,
        ends + leeway - 1: True,
        ends + leeway: False,
        ends + leeway + 1: False,
    }.items():
        assert passes(EC.sign(iat=issued, exp=ends), trust=trust, now=now) is expected, now - issued


@pytest.mark.parametrize(
    ("life", "expected"), [(-1, False), (0, False), (1, True), (LONGEST_LIFE, True), (LONGEST_LIFE + 1, False)]
)
def test_a_token_lives_an_hour_at_most(life: int, *, expected: bool) -> None:
    assert passes(EC.sign(iat=NOW, exp=NOW + life)) is expected


def test_a_token_that_is_not_yet_to_be_used_is_refused() -> None:
    assert passes(EC.sign(nbf=NOW + 5))
    assert not passes(EC.sign(nbf=NOW + 6))
    assert not passes(EC.sign(nbf="soon"))


def test_an_issuer_cannot_sign_with_the_key_of_another() -> None:
    assert not passes(EC.sign(iss=OTHER.issuer))
    assert not passes(OTHER.sign(iss=ISSUER))
    assert not passes(EC.sign(iss="https://unknown.example/"))


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_issuers_may_have_keys_of_the_same_id(algorithm: str) -> None:
    twin = Client(algorithm, "ec", issuer=OTHER.issuer)
    trust = read_trust(json.dumps({"keys": [EC.public, twin.public]}).encode(), [ISSUER, OTHER.issuer])
    assert passes(EC.sign(), trust=trust)
    assert passes(twin.sign(), trust=trust)
    assert not passes(EC.sign(iss=OTHER.issuer), trust=trust)
    assert not passes(twin.sign(iss=ISSUER), trust=trust)


@pytest.mark.parametrize("kid", ["unknown", "", "EC", "../ec", "ec' OR 1=1"])
def test_a_key_that_is_not_in_the_file_is_refused(kid: str) -> None:
    assert not passes(EC.sign({"kid": kid}))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(algorithm: str) -> None:
    for signature in ("", EC.sign().rpartition(".")[2]):
        assert not passes(f"{encode({**HEADER, 'alg': algorithm})}.{encode(make_claims())}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("client", [EC, RSA], ids=lambda client: client.kid)
def test_a_public_key_is_no_shared_secret(algorithm: str, client: Client) -> None:
    public = client.private.public_key()
    forms: list[tuple[Encoding, PublicFormat]] = [
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]
    secrets = [public.public_bytes(*form) for form in forms] + [json.dumps(client.public).encode(), b""]
    for secret in secrets:
        signed = f"{encode({**HEADER, 'alg': algorithm, 'kid': client.kid})}.{encode(make_claims())}"
        digest = hmac.new(secret, signed.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()
        assert not passes(f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")


def test_a_key_is_for_its_own_algorithm_alone() -> None:
    assert not passes(resign({**HEADER, "alg": "RS384"}, make_claims(), EC))
    assert not passes(resign({**HEADER, "alg": "RS384"}, make_claims(), RSA))
    assert not passes(resign({**HEADER, "kid": "rsa"}, make_claims(), RSA))
    for algorithm in ("RS256", "RS512", "PS384"):
        assert not passes(jwt.encode(make_claims(), RSA.private, algorithm, headers={"kid": "rsa"}))


@pytest.mark.parametrize(
    "part",
    [
        {"jwk": EC.public},
        {"jwk": {}, "jku": ""},
        {"x5c": []},
        {"x5u": "https://fhir-ehr.example/"},
        {"crit": ["b64"], "b64": False},
        {"crit": ["exp"], "exp": 1},
        {"crit": [], "x": 1},
        {"b64": True},
        {"b64": False, "x": 1},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
    ids="-".join,
)
def test_a_token_that_brings_a_key_or_changes_what_is_signed_is_refused(part: dict[str, Any]) -> None:
    assert not passes(resign({**HEADER, **part}, make_claims()))
    assert passes(resign(HEADER, make_claims()))


def test_a_key_that_a_token_brings_is_not_used() -> None:
    thief = Client("ES384", "ec")
    assert not passes(resign({**HEADER, "jwk": thief.public}, make_claims(), thief))


@pytest.mark.parametrize(
    "change", [{"typ": None}, {"typ": "jose"}, {"typ": 1}, {"alg": None}, {"alg": 1}, {"kid": None}, {"kid": 1}]
)
def test_a_header_without_what_the_standard_wants_is_refused(change: dict[str, Any]) -> None:
    header = {name: value for name, value in {**HEADER, **change}.items() if value is not None}
    assert not passes(resign(header, make_claims()))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "e30.e30.",
        "e30.e30.e30",
        "\u00e9.\u00e9.\u00e9",
        "\ud800",
        "x" * 100_000,
        "W10.W10.W10",
        "bnVsbA.e30.e30",
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert not passes(token)


@pytest.mark.parametrize("claims", ["", "[]", "null", "1", '"text"', "{", "{}x", "\x00", "[" * 10_000])
def test_claims_that_are_no_object_are_refused(claims: str) -> None:
    assert not passes(resign(HEADER, claims))


@cache
def sound() -> str:
    return EC.sign()


@given(at=st.integers(min_value=0, max_value=10_000), flip=st.integers(min_value=1, max_value=127))
def test_a_token_with_any_letter_changed_is_refused(at: int, flip: int) -> None:
    token = sound()
    at %= len(token)
    changed = f"{token[:at]}{chr(ord(token[at]) ^ flip)}{token[at + 1 :]}"
    assert not passes(changed)
    assert passes(token)


def test_a_token_cut_anywhere_is_refused() -> None:
    token = sound()
    assert not any(passes(token[:length]) for length in range(len(token)))


def test_without_keys_nobody_passes() -> None:
    assert not passes(EC.sign(), trust=Trust({}))


# The file of keys


def refused(data: object, issuers: list[str] | None = None, leeway: int = 5) -> str:
    with pytest.raises(RequestError) as found:
        read_trust(
            data if isinstance(data, bytes) else json.dumps(data).encode(), [ISSUER] if issuers is None else issuers, leeway
        )
    return str(found.value)


def bare(client: Client, **changes: object) -> dict[str, Any]:
    return {name: value for name, value in {**client.public, "iss": None, **changes}.items() if value is not None}


def test_with_one_issuer_a_key_that_names_none_is_its_own() -> None:
    trust = read_trust(json.dumps({"keys": [bare(EC)]}).encode(), [ISSUER])
    assert passes(EC.sign(), trust=trust)
    assert not passes(EC.sign(iss=OTHER.issuer), trust=trust)


def test_a_key_may_be_of_several_issuers() -> None:
    trust = read_trust(json.dumps({"keys": [bare(EC, iss=[ISSUER, OTHER.issuer])]}).encode(), [ISSUER, OTHER.issuer])
    assert passes(EC.sign(), trust=trust)
    assert passes(EC.sign(iss=OTHER.issuer), trust=trust)


MAKERS: dict[str, Callable[[], object]] = {
    "no JSON": lambda: b"{",
    "not UTF-8": lambda: b"\xff",
    "a list": list,
    "no keys": dict,
    "an empty set": lambda: {"keys": []},
    "a set that is none": lambda: {"keys": {"a": 1}},
    "a key that is none": lambda: {"keys": ["x"]},
    "one key twice": lambda: {"keys": [bare(EC), bare(EC)]},
    "a key that stands twice in one object": lambda: b'{"keys": [], "keys": []}',
    "no kid": lambda: {"keys": [bare(EC, kid=None)]},
    "an empty kid": lambda: {"keys": [bare(EC, kid="")]},
    "no algorithm": lambda: {"keys": [bare(EC, alg=None)]},
    "another algorithm": lambda: {"keys": [bare(EC, alg="ES256")]},
    "a list for an algorithm": lambda: {"keys": [bare(EC, alg=["ES384"])]},
    "the algorithm of another kind of key": lambda: {"keys": [bare(EC, alg="RS384")]},
    "a key to encrypt with": lambda: {"keys": [bare(EC, use="enc")]},
    "a shared secret": lambda: {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS384"}]},
    "a secret key": lambda: {"keys": [HL7_PRIVATE]},
    "a point off the curve": lambda: {"keys": [bare(EC, x=bare(OTHER)["x"])]},
    "a number that is none": lambda: {"keys": [bare(RSA, n="!")]},
    "an issuer that is not let in": lambda: {"keys": [bare(EC, iss=OTHER.issuer)]},
    "an empty list of issuers": lambda: {"keys": [bare(EC, iss=[])]},
    "an issuer among others": lambda: {"keys": [bare(EC, iss=[ISSUER, OTHER.issuer])]},
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_file_that_cannot_be_trusted_is_refused_with_a_reason(make: Callable[[], object]) -> None:
    assert len(refused(make())) > 30


def test_short_keys_and_other_curves_are_refused() -> None:
    short = json.loads(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    curve = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
    assert "2048" in refused({"keys": [{**short, "kid": "a", "alg": "RS384"}]})
    refused({"keys": [{**curve, "kid": "a", "alg": "ES384"}]})


def test_a_secret_key_is_not_taken_and_not_shown() -> None:
    told = refused({"keys": [HL7_PRIVATE]})
    assert "secret" in told
    assert HL7_PRIVATE["d"] not in told


def test_with_several_issuers_each_key_says_whose_it_is() -> None:
    assert "names its own" in refused({"keys": [bare(EC)]}, [ISSUER, OTHER.issuer])
    refused({"keys": [bare(EC)]}, [])


def test_a_leeway_under_five_seconds_is_refused() -> None:
    assert "5 or more" in refused({"keys": [bare(EC)]}, leeway=4)
