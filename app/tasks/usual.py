"""The tasks that fairs usually set, for an organiser to begin with. Days are counted back from the first day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.tasks.models import Asks

DAYS_AT_LEAST = 5  # to answer in, where the fair is near when its tasks are set


@dataclass(frozen=True)
class Usual:
    code: str
    days_before: int
    asks: Asks
    title: str
    title_en: str
    about: str
    about_en: str
    longest: int | None = None
    must_accept: bool = False
    booth_kinds: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = field(default=())

    def values(self, starts_on: date, today: date) -> dict[str, Any]:
        """As a task of a fair that begins on a day keeps it."""
        return {
            "code": self.code,
            "title": self.title,
            "title_en": self.title_en,
            "about": self.about,
            "about_en": self.about_en,
            "due_on": self.due_on(starts_on, today),
            "asks": self.asks.value,
            "longest": self.longest,
            "options": [{"name": name, "name_en": name_en} for name, name_en in self.options],
            "must_accept": self.must_accept,
            "booth_kinds": list(self.booth_kinds),
        }

    def due_on(self, starts_on: date, today: date) -> date:
        """Counted back from the first day; where that is hardly time any more, some days from today."""
        counted = starts_on - timedelta(days=self.days_before)
        return max(counted, min(today + timedelta(days=DAYS_AT_LEAST), starts_on - timedelta(days=1)))


USUAL = (
    Usual(
        "contract", 45, Asks.FILE, "Hợp đồng thuê gian hàng đã ký", "Signed booth contract",
        "In hợp đồng trong mục “Đơn hàng, giấy tờ”, người đại diện ký và đóng dấu từng trang.\n"
        "Chụp hoặc quét đủ các trang vào một tệp rồi gửi tại đây.",
        "Print the contract from “Orders and papers”; your representative signs and stamps every page.\n"
        "Scan or photograph all pages into one file and send it here.",
        must_accept=True,
    ),
    Usual(
        "fascia", 30, Asks.TEXT, "Tên trên biển gian hàng", "Fascia name",
        "Tên ghi trên biển phía trước gian, tối đa 24 ký tự kể cả dấu cách.\n"
        "Viết đúng chữ hoa, chữ thường như bạn muốn in.",
        "The name on the board above your booth, at most 24 characters with spaces.\n"
        "Write capitals and small letters as they shall be printed.",
        longest=24, must_accept=True, booth_kinds=("row", "corner"),
    ),
    Usual(
        "construction", 30, Asks.FILE, "Bản vẽ gian hàng tự dựng", "Drawing of your own stand",
        "Gian đảo và gian của tỉnh tự dựng: gửi mặt bằng và phối cảnh có ghi kích thước, chiều cao và vị trí ổ điện.",
        "Islands and provincial pavilions are built by you: send plan and view with measures, height and sockets.",
        must_accept=True, booth_kinds=("island", "pavilion"),
    ),
    Usual(
        "power", 21, Asks.CHOICE, "Nhu cầu điện", "Power for your booth",
        "Chọn công suất bạn cần. Điện ngoài phần có sẵn của gian được đặt và trả tiền trong đơn hàng.",
        "Choose what you need. Power beyond what the booth includes is ordered and paid with your order.",
        options=(
            ("Chỉ dùng điện có sẵn của gian", "Only what the booth includes"),
            ("Đã đặt thêm điện 1 pha", "Single-phase power is ordered"),
            ("Đã đặt thêm điện 3 pha", "Three-phase power is ordered"),
            ("Cần ban tổ chức tư vấn", "The organiser shall advise us"),
        ),
    ),
    Usual(
        "insurance", 21, Asks.FILE, "Giấy chứng nhận bảo hiểm", "Proof of insurance",
        "Bảo hiểm trách nhiệm dân sự còn hiệu lực từ ngày dựng gian đến ngày tháo dỡ.\nẢnh chụp rõ là đủ.",
        "Public liability insurance that holds from build-up to dismantling.\nA clear photograph is enough.",
        must_accept=True,
    ),
    Usual(
        "catalogue", 21, Asks.TEXT, "Giới thiệu trong danh bạ", "Your entry in the catalogue",
        "Vài câu về doanh nghiệp và sản phẩm bạn mang đến, tối đa 600 ký tự.\n"
        "Ban tổ chức in nguyên văn trong danh bạ hội chợ.",
        "A few sentences on your company and what you bring, at most 600 characters.\n"
        "They are printed as they stand in the fair's catalogue.",
        longest=600,
    ),
    Usual(
        "staff", 7, Asks.CONFIRM, "Danh sách nhân viên trực gian", "Your staff at the booth",
        "Thẻ của nhân viên được cấp theo danh sách này.\n"
        "Đánh dấu khi bạn đã gửi đủ họ tên cho ban tổ chức và không còn thay đổi.",
        "Staff badges are made from this list.\nTick when the organiser has every name and nothing changes any more.",
    ),
    Usual(
        "rules", 7, Asks.CONFIRM, "Nội quy và giờ dựng, tháo gian", "House rules, build-up and dismantling",
        "Dựng gian trong hai ngày trước khai mạc, xong trước 17:00 ngày cuối.\n"
        "Không tháo dỡ, mang hàng ra trước giờ bế mạc. Lối đi và lối thoát hiểm luôn để trống.",
        "Build up on the two days before the opening, and be done by 17:00 on the second.\n"
        "Nothing is taken down or out before the fair closes. Aisles and emergency exits stay free.",
    ),
)  # fmt: skip
