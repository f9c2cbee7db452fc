"""The badge's signed code: all digits, checked without a network, no personal data in it.

Payload, big-endian: version and key number (1 byte, a nibble each) | fair (2) | random badge id (8) | category (1) |
first day (1) | day bitmask (1; layout 2: 2) | reissue (1) | flags (1); then Ed25519 over b"FAIR1" + payload (64).
Written as one zero-padded decimal number: 193 digits, layout 2 (fairs of more than 8 days) 196. Digits alone, because
USB scanners type, and Telex and VNI input methods would rewrite letters. `static/js/badge_token.js` is its twin.
"""

import secrets
import struct
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = b"FAIR1"
SIGNATURE_BYTES = 64
DIGITS = {1: 193, 2: 196}
SAMPLE_KEY = 15  # signs no badge: what says so is a sample for rehearsals
DAYS_AT_MOST = 16  # the bits of the mask
_LAYOUTS = {1: struct.Struct(">BH8sBBBBB"), 2: struct.Struct(">BH8sBBHBB")}
_LAYOUT_OF_DIGITS = {digits: layout for layout, digits in DIGITS.items()}
_DIGITS = frozenset("0123456789")


class Unreadable(ValueError):
    """What was read is not a badge code: wrong length, not digits, or an unknown layout."""


@dataclass(frozen=True)
class Payload:
    """What a code says of its badge. Days count from the fair's first; bit 0 of the mask is `first_day`."""

    fair: int  # the fair's number, 16 bits
    code_id: bytes  # 8 random bytes
    category: int
    days_mask: int
    first_day: int = 0
    reissue: int = 0
    flags: int = 0
    key: int = 0  # 0 to 15


@dataclass(frozen=True)
class Token:
    """A code as it was read: the payload, and what proves it."""

    payload: Payload
    signed: bytes
    signature: bytes


def encode(payload: Payload, private_key: Ed25519PrivateKey) -> str:
    """The signed code as digits; layout 2 only where the mask needs it. Raises ValueError for what does not fit."""
    layout = 1 if payload.days_mask < 256 else 2
    if not 0 <= payload.key < 16 or len(payload.code_id) != 8:
        raise ValueError("a key number has 4 bits and a badge id 8 bytes")
    try:
        body = _LAYOUTS[layout].pack(
            layout << 4 | payload.key,
            payload.fair,
            payload.code_id,
            payload.category,
            payload.first_day,
            payload.days_mask,
            payload.reissue,
            payload.flags,
        )
    except struct.error as error:
        raise ValueError(f"does not fit a badge code: {error}") from error
    whole = body + private_key.sign(PREFIX + body)
    return str(int.from_bytes(whole)).zfill(DIGITS[layout])


def decode(code: str) -> Token:
    """Read a code, without proving it; raises Unreadable."""
    layout = _LAYOUT_OF_DIGITS.get(len(code))
    if layout is None or not _DIGITS.issuperset(code):
        raise Unreadable("not a badge code")
    size = _LAYOUTS[layout].size
    try:
        whole = int(code).to_bytes(size + SIGNATURE_BYTES)
    except OverflowError as error:
        raise Unreadable("not a badge code") from error
    head, fair, code_id, category, first_day, mask, reissue, flags = _LAYOUTS[layout].unpack(whole[:size])
    if head >> 4 != layout:
        raise Unreadable("unknown layout")
    payload = Payload(fair, code_id, category, mask, first_day, reissue, flags, head & 15)
    return Token(payload, whole[:size], whole[size:])


def is_genuine(token: Token, public_key: bytes) -> bool:
    """Whether the fair's key signed it. `public_key`: 32 bytes, raw Ed25519."""
    try:
        _public_key(public_key).verify(token.signature, PREFIX + token.signed)
    except InvalidSignature:
        return False
    return True


def new_code_id() -> bytes:
    return secrets.token_bytes(8)


def new_number() -> str:
    """A number for entry by hand: 18 random digits, the first not 0, and their check digits."""
    return with_check_digits(str(10**17 + secrets.randbelow(9 * 10**17)))


def with_check_digits(digits: str) -> str:
    """The digits with two check digits after them (ISO 7064, MOD 97-10)."""
    return f"{digits}{98 - int(digits) * 100 % 97:02}"


def is_number(text: str) -> bool:
    """Whether these are 20 digits whose check digits hold (ISO 7064, MOD 97-10)."""
    return len(text) == 20 and _DIGITS.issuperset(text) and int(text) % 97 == 1


def new_key(secret: str) -> tuple[bytes, bytes]:
    """A fresh pair: the public half (32 bytes) and the private half, sealed under the server's secret."""
    private = Ed25519PrivateKey.generate()
    return private.public_key().public_bytes_raw(), _box(secret).encrypt(private.private_bytes_raw())


def open_key(sealed: bytes, secret: str) -> Ed25519PrivateKey:
    """The signing key out of its seal; raises cryptography's InvalidToken under another secret."""
    return Ed25519PrivateKey.from_private_bytes(_box(secret).decrypt(sealed))


@lru_cache(maxsize=8)
def _box(secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"phien badge keys").derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))


@lru_cache(maxsize=256)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)
