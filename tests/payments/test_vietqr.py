"""VietQR: what a banking app reads."""

import pytest

from app.money import Money
from app.payments.vietqr import crc16, plain, vietqr


def fields(text: str) -> dict[str, str]:
    found = {}
    while text:
        tag, length = text[:2], int(text[2:4])
        found[tag], text = text[4 : 4 + length], text[4 + length :]
    return found


def test_crc_is_ccitt_false() -> None:
    assert crc16(b"123456789") == 0x29B1


def test_code_names_account_amount_and_reference() -> None:
    text = vietqr("970436", "0011001234567", Money(18_150_000, "VND"), "PH7K2M9QXA")
    top = fields(text)
    assert (top["53"], top["54"], top["58"]) == ("704", "18150000", "VN")
    napas = fields(top["38"])
    assert (napas["00"], napas["02"]) == ("A000000727", "QRIBFTTA")
    assert fields(napas["01"]) == {"00": "970436", "01": "0011001234567"}
    assert fields(top["62"]) == {"08": "PH7K2M9QXA"}
    assert text.endswith(f"6304{crc16(text[:-4].encode()):04X}")


def test_known_code_of_the_specification() -> None:
    """NAPAS, QR format of the fund transfer service 1.5.2: the static example, with its check value."""
    body = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN6304"
    assert f"{crc16(body.encode()):04X}" == "9E6F"


def test_only_dong_to_an_account_that_napas_knows() -> None:
    for bank, account, money in (
        ("970436", "1", Money(100, "USD")),
        ("97043", "1", Money(1, "VND")),
        ("970436", "1" * 20, Money(1, "VND")),
        ("970436", "1", Money(0, "VND")),
    ):
        with pytest.raises(ValueError):
            vietqr(bank, account, money, "PH1")


def test_reference_is_plain_capitals() -> None:
    assert plain("Đặt gian B13") == "DAT GIAN B13"
