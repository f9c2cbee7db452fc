"""HTTPS on the fair's own network: trusted by who was told the authority, renewed in time, its keys kept close."""

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from app.local_tls import certificate_for, own_names
from config import from_environment, own_url
from tests.support.live_server import serving

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def loaded(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_authority_signs_and_stays_while_certificates_come_and_go(tmp_path: Path) -> None:
    first = certificate_for(tmp_path, ["192.168.7.4", "localhost"], NOW)
    authority, kept = (tmp_path / "tls" / "ca.crt").read_bytes(), first.certificate.read_bytes()
    loaded(first.certificate).verify_directly_issued_by(loaded(tmp_path / "tls" / "ca.crt"))
    assert certificate_for(tmp_path, ["localhost"], NOW).certificate.read_bytes() == kept
    for names, at in ((["192.168.7.5"], NOW), (["192.168.7.5"], NOW + timedelta(days=350))):
        renewed = certificate_for(tmp_path, names, at).certificate.read_bytes()
        assert renewed != kept
        kept = renewed
    assert (tmp_path / "tls" / "ca.crt").read_bytes() == authority


def test_a_certificate_without_its_key_is_made_anew(tmp_path: Path) -> None:
    pair = certificate_for(tmp_path, ["localhost"], NOW)
    kept = pair.certificate.read_bytes()
    pair.key.write_bytes((tmp_path / "tls" / "ca.key").read_bytes())  # as a cut between the two files would leave it
    assert certificate_for(tmp_path, ["localhost"], NOW).certificate.read_bytes() != kept


def test_keys_are_for_their_owners_eyes(tmp_path: Path) -> None:
    pair = certificate_for(tmp_path, ["localhost"], NOW)
    assert [path.stat().st_mode & 0o077 for path in (pair.key, tmp_path / "tls" / "ca.key", tmp_path / "tls")] == [
        0
    ] * 3


def test_a_phone_that_knows_the_authority_is_let_in_and_another_is_warned(tmp_path: Path) -> None:
    with serving(tmp_path, lambda _server: None, FAIR_TLS="1", FAIR_PUBLIC_URL="") as server:
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"{server.url}/ca.crt")
        with urllib.request.urlopen(f"{server.url}/ca.crt", context=server.trusting()) as answer:
            assert answer.read() == (tmp_path / "data" / "tls" / "ca.crt").read_bytes()
        with urllib.request.urlopen(f"{server.url}/sign-in", context=server.trusting()) as answer:
            assert "Secure" in answer.headers["Set-Cookie"]
            assert "Strict-Transport-Security" not in answer.headers


def test_without_it_there_is_no_authority_to_fetch(client: Any) -> None:
    assert client.get("/ca.crt").status_code == 404


def test_links_lead_where_phones_reach_it(tmp_path: Path) -> None:
    assert own_url("192.168.7.4", 8000, True) == "https://192.168.7.4:8000"
    assert own_url("::1", 8000, False) == "http://127.0.0.1:8000"
    settings = {"FAIR_DATA_DIR": str(tmp_path), "FAIR_PUBLIC_URL": "", "FAIR_PORT": "8123", "FAIR_TLS": "1"}
    found = from_environment(settings | {"FAIR_HOST": "192.168.7.4"})
    assert (found["FAIR_PUBLIC_URL"], found["SESSION_COOKIE_SECURE"]) == ("https://192.168.7.4:8123", True)
    assert {"192.168.7.4", "localhost"} <= set(own_names("192.168.7.4"))
