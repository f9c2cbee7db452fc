"""What two addresses have in common: a mailbox, a company's domain, or only the same big mail service."""

import pytest

from app.deals.mailboxes import company_domain, mailbox


@pytest.mark.parametrize(
    ("written", "reaches"),
    [
        ("Ema@Example.org", "ema@example.org"),
        (" ema+mua@example.org ", "ema@example.org"),
        ("ema+a+b@example.org", "ema@example.org"),
        ("ｅｍａ@example.org", "ema@example.org"),
        ("ema@example.org.", "ema@example.org"),
        ("gom.chi+x@gmail.com", "gomchi@gmail.com"),
        ("g.o.m.chi@GoogleMail.com", "gomchi@gmail.com"),
        ("gom.chi@outlook.com", "gom.chi@outlook.com"),  # dots tell people apart everywhere else
        ("gomchi@pm.me", "gomchi@proton.me"),
        ("x@gốm.vn", "x@xn--gm-j9s.vn"),
        ("+x@example.org", "+x@example.org"),
        ("", ""),
        ("no address", ""),
        ("@example.org", ""),
    ],
)
def test_every_way_to_write_an_address_reaches_one_mailbox(written: str, reaches: str) -> None:
    assert mailbox(written) == reaches


@pytest.mark.parametrize(
    ("written", "registered"),
    [
        ("sales@gomchi.vn", "gomchi.vn"),
        ("sales@mail.gomchi.vn", "gomchi.vn"),
        ("sales@gomchi.com.vn", "gomchi.com.vn"),
        ("sales@hn.gomchi.com.vn", "gomchi.com.vn"),
        ("sales@gomchi.co.jp", "gomchi.co.jp"),
        ("sales@GomChi.example.", "gomchi.example"),
        ("https://www.gomchi.vn/ve-chung-toi", "gomchi.vn"),
        ("https://shop.gomchi.com.vn:8443", "gomchi.com.vn"),
        ("gomchi.vn", "gomchi.vn"),
        ("https://[", ""),
        ("", ""),
        ("https://", ""),
        ("sales@localhost", ""),
    ],
)
def test_a_companys_domain_is_what_it_registered(written: str, registered: str) -> None:
    assert company_domain(written) == registered


@pytest.mark.parametrize(
    "written",
    ["x@gmail.com", "x@googlemail.com", "x@pm.me", "x@yahoo.com.vn", "x@yahoo.co.jp", "x@hotmail.fr", "x@outlook.com"]
    + ["x@hn.vnn.vn", "x@mail.ru", "x@qq.com", "x@163.com", "x@naver.com", "x@example.com", "x@dv102.example.com"]
    + ["https://www.facebook.com/gomchi", "https://gomchi.en.alibaba.com", "https://gomchi.blogspot.com"],
)
def test_what_many_share_is_no_companys_domain(written: str) -> None:
    assert company_domain(written) == ""
