"""VietQR: the QR code that a Vietnamese banking app reads to fill in a transfer.

An EMVCo merchant-presented code (EMV QRCPS-MPM 1.1) with NAPAS's own template in tag 38.
"""

import unicodedata

from app.money import Money

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"


def vietqr(bank_bin: str, account: str, amount: Money, reference: str) -> str:
    """The text of the code. Dong only; `reference` is what comes with the money (62-08), capitals and digits."""
    if amount.currency != "VND" or amount.minor <= 0:
        raise ValueError("VietQR carries dong")
    if len(bank_bin) != 6 or not bank_bin.isdigit() or not account.isalnum() or not 1 <= len(account) <= 19:
        raise ValueError("not a bank account that NAPAS knows")
    beneficiary = _tlv("00", bank_bin) + _tlv("01", account)
    body = (
        _tlv("00", "01")
        + _tlv("01", "12")  # for one payment
        + _tlv("38", _tlv("00", NAPAS) + _tlv("01", beneficiary) + _tlv("02", TO_ACCOUNT))
        + _tlv("53", "704")
        + _tlv("54", str(amount.minor))
        + _tlv("58", "VN")
        + _tlv("62", _tlv("08", plain(reference)[:25]))
        + "6304"
    )
    return f"{body}{crc16(body.encode('ascii')):04X}"


def plain(text: str) -> str:
    """Capitals without marks: what every bank's line carries."""
    text = text.replace("đ", "d").replace("Đ", "D")
    stripped = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "".join(c for c in stripped.upper() if c.isascii() and (c.isalnum() or c == " "))


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begins with 0xFFFF, not reflected (EMV QRCPS-MPM 4.7.3)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc


def _tlv(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"
