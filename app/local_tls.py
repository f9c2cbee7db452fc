"""HTTPS on the fair's own network: an authority of this data folder's own, and the certificate that it signs.

Phones open their camera over HTTPS alone. A hall has no public name, so no public authority vouches for it: each phone
is told once to trust this one (/ca.crt). Its key never leaves the folder `tls` of the data folder.
"""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Blueprint, Response, current_app

from app.access import public
from app.errors import NotFound
from config import EVERYWHERE, lan_address

blueprint = Blueprint("local_tls", __name__)
AUTHORITY_LIFE = timedelta(days=3650)
CERTIFICATE_LIFE = timedelta(days=397)  # phones refuse certificates that are good for longer
RENEWED_WITHIN = timedelta(days=60)
NOT_BEFORE = timedelta(days=1)  # a phone's clock may be behind


@dataclass(frozen=True)
class Pair:
    """Where a certificate and its private key lie, both PEM."""

    certificate: Path
    key: Path


@blueprint.get("/ca.crt")
@public
def authority() -> Response:
    """The authority's certificate, for phones that shall trust this server."""
    if not current_app.config["FAIR_TLS"]:
        raise NotFound()
    path = _authority_of(Path(current_app.config["FAIR_DATA_DIR"])).certificate
    response = Response(path.read_bytes(), content_type="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = 'attachment; filename="phien-ca.crt"'
    return response


def certificate_for(data_dir: Path, names: Sequence[str], now: datetime) -> Pair:
    """The server's certificate for these names and addresses: the one that is kept while it fits, else a new one."""
    authority = _authority_of(data_dir)
    pair = Pair(data_dir / "tls" / "server.crt", data_dir / "tls" / "server.key")
    if not authority.certificate.exists():
        authority.certificate.parent.mkdir(mode=0o700, exist_ok=True)
        _make_authority(authority, now)
    elif pair.certificate.exists() and _fits(pair, authority, names, now):
        return pair
    _make_certificate(pair, authority, names, now)
    return pair


def own_names(host: str) -> list[str]:
    """What this machine is called where it serves: its addresses on the network, its name, and itself."""
    found = {"localhost", "127.0.0.1", socket.gethostname(), f"{socket.gethostname().partition('.')[0]}.local"}
    found |= set(_addresses()) if host in EVERYWHERE else {host}
    return sorted(found)


def _authority_of(data_dir: Path) -> Pair:
    return Pair(data_dir / "tls" / "ca.crt", data_dir / "tls" / "ca.key")


def _addresses() -> list[str]:
    try:
        known = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except socket.gaierror:  # a name that the machine itself cannot look up
        known = []
    return [*(str(info[4][0]) for info in known), lan_address()]


def _fits(pair: Pair, authority: Pair, names: Sequence[str], now: datetime) -> bool:
    kept = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    signer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    said = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    same = {str(name.value) for name in said} >= set(names) and kept.issuer == signer.subject
    belongs = pair.key.exists() and _private(pair).public_key() == kept.public_key()
    return same and belongs and kept.not_valid_after_utc - now > RENEWED_WITHIN


def _make_authority(pair: Pair, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Phien"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Phien {socket.gethostname()[:40]} {now:%Y-%m-%d}"),
        ]
    )
    signed = (
        _begun(name, name, key.public_key(), now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(pair, signed, key)


def _make_certificate(pair: Pair, authority: Pair, names: Sequence[str], now: datetime) -> None:
    signer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    signing_key = _private(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    signed = (
        _begun(subject, signer.subject, key.public_key(), now, CERTIFICATE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_as_name(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    _write(pair, signed, key)


def _private(pair: Pair) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # nothing else is written there
    return key


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - NOT_BEFORE)
        .not_valid_after(now - NOT_BEFORE + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**what: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: what.get(name, False) for name in names})


def _as_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """The key first, for its owner's eyes alone; each file appears whole or not at all."""
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in ((pair.key, secret), (pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))):
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        fresh.replace(path)
