"""Two addresses, one mailbox or one company: what a mail address tells of who stands behind it. No database here."""

import unicodedata

# Mail for everybody, pages and shops for everybody, and what is kept for examples (RFC 2606): no company's own.
SHARED = frozenset({
    "gmail.com", "ymail.com", "live.com", "msn.com", "icloud.com", "aol.com", "proton.me", "tutanota.com", "mail.com",
    "zoho.com", "fastmail.com", "web.de", "t-online.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net",
    "libero.it", "btinternet.com", "comcast.net", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "rambler.ru", "ya.ru",
    "qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com", "sohu.com", "aliyun.com", "naver.com",
    "daum.net", "hanmail.net", "nate.com", "kakao.com", "docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp", "nifty.com",
    "rediffmail.com", "vnn.vn", "fpt.vn", "vnpt.vn", "viettel.vn", "zing.vn",
    "facebook.com", "google.com", "zalo.me", "shopee.vn", "lazada.vn", "instagram.com", "tiktok.com", "alibaba.com",
    "amazon.com", "etsy.com", "ebay.com", "wordpress.com", "blogspot.com",
    "example.com", "example.net", "example.org",
})  # fmt: skip
SHARED_NAMES = frozenset({"yahoo", "hotmail", "outlook", "gmx", "yandex"})  # under the endings of many countries
ONE_SERVICE = {
    "ya.ru": "yandex.ru", "yandex.com": "yandex.ru",
    "googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me", "me.com": "icloud.com",
    "mac.com": "icloud.com",
}  # fmt: skip
DOTLESS = frozenset({"gmail.com", "proton.me"})  # they read names without their dots
SECOND_LEVELS = frozenset({
    "ac", "biz", "co", "com", "edu", "go", "gob", "gouv", "gov", "health", "info", "int", "mil", "name", "ne", "net",
    "or", "org", "pro",
})  # fmt: skip


def mailbox(address: str) -> str:
    """The mailbox that an address reaches, the same for every way to write it; empty for what is no address.

    Without case and the tag after "+" (RFC 5233); Gmail reads names without their dots
    (https://support.google.com/mail/answer/7436150).
    """
    local, at, domain = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    if not (local and at and domain):
        return ""
    domain = _plain(domain)
    domain = ONE_SERVICE.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain.startswith("yahoo."):
        local = local.partition("-")[0] or local  # disposable addresses: https://help.yahoo.com/kb/SLN28338.html
    if domain.endswith(".fastmail.com"):  # name@me.fastmail.com is me@fastmail.com (subdomain addressing)
        local, domain = domain.removesuffix(".fastmail.com"), "fastmail.com"
    return f"{local.replace('.', '') if domain in DOTLESS else local}@{domain}"


def company_domain(address: str) -> str:
    """The domain that a company registered, out of a mail address or a website; empty where many share it.

    gomchi.com.vn for sales@mail.gomchi.com.vn and for https://shop.gomchi.com.vn/; without the public suffix list
    (https://publicsuffix.org), whose rarer endings cost somebody at most a way to the deal desk.
    """
    host = address.partition("://")[2] or address
    host = _plain(host.partition("/")[0].rpartition("@")[2].partition(":")[0])
    labels = host.split(".")
    below_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    domain = ".".join(labels[-3:] if below_second_level else labels[-2:])
    shared = domain in SHARED or domain in ONE_SERVICE or domain.partition(".")[0] in SHARED_NAMES
    return "" if len(labels) < 2 or shared else domain


def _plain(host: str) -> str:
    """A host's name as DNS knows it: lower case, no final dot, letters beyond ASCII in their coded form."""
    host = host.strip().casefold().strip(".")
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
