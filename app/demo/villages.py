"""Craft villages that the invented exhibitors come from: the places are real, the firms are not."""

from __future__ import annotations

# Per province of 2019: product category, village, what it makes. Hà Nội fills about a third of the fair.
VILLAGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "ha-noi": (
        ("bamboo", "Phú Vinh, Chương Mỹ", "khay, giỏ, đèn mây tre đan"),
        ("bamboo", "Thạch Xá, Thạch Thất", "chuồn chuồn tre, đồ chơi tre"),
        ("ceramics", "Bát Tràng, Gia Lâm", "ấm chén, bình hoa men lam, men rạn"),
        ("ceramics", "Kim Lan, Gia Lâm", "bát đĩa, gốm gia dụng"),
        ("lacquer", "Hạ Thái, Thường Tín", "khay, hộp, tranh sơn mài"),
        ("lacquer", "Chuyên Mỹ, Phú Xuyên", "khảm trai, hộp trang sức"),
        ("silk", "Vạn Phúc, Hà Đông", "lụa vân, khăn, áo dài"),
        ("silk", "Quất Động, Thường Tín", "tranh thêu tay, khăn thêu"),
        ("wood", "Nhị Khê, Thường Tín", "tiện gỗ, lọ hoa, con giống"),
        ("wood", "Sơn Đồng, Hoài Đức", "tượng gỗ, hoành phi"),
        ("metal", "Định Công, Hoàng Mai", "kim hoàn, đậu bạc"),
        ("metal", "Ngũ Xã, Ba Đình", "đúc đồng, chuông, tranh đồng"),
        ("paper", "Bưởi, Tây Hồ", "giấy dó, sổ tay, đèn lồng"),
        ("paper", "Vân Canh, Hoài Đức", "đèn kéo quân, mặt nạ giấy bồi"),
        ("food", "Mễ Trì, Nam Từ Liêm", "cốm, bánh cốm"),
        ("stone", "Long Châu, Chương Mỹ", "đá mỹ nghệ, tranh đá"),
    ),
    "bac-ninh": (
        ("paper", "Đông Hồ, Thuận Thành", "tranh dân gian, giấy điệp"),
        ("metal", "Đại Bái, Gia Bình", "gò đồng, tranh đồng"),
        ("wood", "Đồng Kỵ, Từ Sơn", "bàn ghế, tủ chạm khắc"),
        ("ceramics", "Phù Lãng, Quế Võ", "gốm men da lươn"),
    ),
    "ha-nam": (("silk", "Nha Xá, Duy Tiên", "lụa tơ tằm"), ("bamboo", "Ngọc Động, Duy Tiên", "mây giang đan")),
    "thai-binh": (
        ("metal", "Đồng Xâm, Kiến Xương", "chạm bạc"),
        ("silk", "Nam Cao, Kiến Xương", "đũi tơ tằm, khăn đũi"),
    ),
    "nam-dinh": (("wood", "La Xuyên, Ý Yên", "đồ gỗ chạm"), ("metal", "Tống Xá, Ý Yên", "đúc đồng, tượng đồng")),
    "ninh-binh": (
        ("stone", "Ninh Vân, Hoa Lư", "đá mỹ nghệ, cột đá"),
        ("silk", "Văn Lâm, Hoa Lư", "thêu ren"),
        ("bamboo", "Kim Sơn", "thảm cói, giỏ cói"),
    ),
    "hung-yen": (("metal", "Lộng Thượng, Văn Lâm", "đúc đồng"), ("food", "Phố Hiến", "nhãn lồng, mật ong hoa nhãn")),
    "hai-duong": (
        ("ceramics", "Chu Đậu, Nam Sách", "gốm hoa lam"),
        ("metal", "Châu Khê, Bình Giang", "vàng bạc mỹ nghệ"),
    ),
    "hai-phong": (("wood", "Bảo Hà, Vĩnh Bảo", "tạc tượng, con rối"), ("food", "Cát Hải", "nước mắm, hải sản khô")),
    "vinh-phuc": (("ceramics", "Hương Canh, Bình Xuyên", "gốm sành"), ("wood", "Bích Chu, Vĩnh Tường", "mộc mỹ nghệ")),
    "phu-tho": (("food", "Long Cốc, Tân Sơn", "chè xanh, chè đinh"), ("bamboo", "Sai Nga, Cẩm Khê", "nón lá")),
    "bac-giang": (("bamboo", "Tăng Tiến, Việt Yên", "mây tre đan"), ("food", "Lục Ngạn", "vải sấy, mì chũ")),
    "thai-nguyen": (("food", "Tân Cương", "chè Tân Cương"), ("bamboo", "Định Hoá", "mành cọ, đan lát")),
    "hoa-binh": (("silk", "Mai Châu", "thổ cẩm Thái, khăn piêu"), ("food", "Cao Phong", "cam, mật ong rừng")),
    "son-la": (("silk", "Mộc Châu", "thổ cẩm, chăn gối"), ("food", "Mai Sơn", "cà phê, hoa quả sấy")),
    "lao-cai": (("silk", "Tả Phìn, Sa Pa", "thổ cẩm Dao đỏ, túi thêu"), ("metal", "Sa Pa", "trang sức bạc H'Mông")),
    "ha-giang": (("silk", "Lùng Tám, Quản Bạ", "vải lanh H'Mông"), ("food", "Hoàng Su Phì", "chè shan tuyết")),
    "cao-bang": (("metal", "Phúc Sen, Quảng Hoà", "dao rèn"), ("paper", "Dìa Trên, Quảng Hoà", "giấy bản, hương thẻ")),
    "quang-ninh": (("stone", "Hạ Long", "than đá mỹ nghệ"), ("food", "Vân Đồn", "ngọc trai, hải sản")),
    "thanh-hoa": (("metal", "Trà Đông, Thiệu Hoá", "đúc trống đồng"), ("bamboo", "Nga Sơn", "chiếu cói, thảm cói")),
    "nghe-an": (
        ("silk", "Hoa Tiến, Quỳ Châu", "thổ cẩm Thái"),
        ("bamboo", "Nghi Phong, Nghi Lộc", "mây tre xuất khẩu"),
    ),
    "thua-thien-hue": (
        ("paper", "Thanh Tiên, Phú Vang", "hoa giấy"),
        ("bamboo", "Bao La, Quảng Điền", "đèn lồng tre"),
        ("metal", "Phường Đúc", "đúc đồng"),
    ),
    "da-nang": (("stone", "Non Nước, Ngũ Hành Sơn", "tượng đá, quà tặng đá"), ("food", "Nam Ô", "nước mắm")),
    "quang-nam": (
        ("paper", "Hội An", "đèn lồng lụa"),
        ("silk", "Mã Châu, Duy Xuyên", "lụa tơ tằm"),
        ("wood", "Kim Bồng", "mộc"),
    ),
    "ben-tre": (
        ("bamboo", "Hưng Phong, Giồng Trôm", "hàng dừa, giỏ cọng dừa"),
        ("food", "Mỏ Cày", "kẹo dừa, mật hoa dừa"),
    ),
    "an-giang": (
        ("silk", "Tân Châu", "lụa lãnh Mỹ A"),
        ("silk", "Châu Phong", "thổ cẩm Chăm"),
        ("food", "Tri Tôn", "đường thốt nốt"),
    ),
}
# The provinces that show after 2025-07-01, when several of the 26 had become one: these too send somebody.
VILLAGES_SINCE_2025: dict[str, tuple[tuple[str, str, str], ...]] = {
    "tuyen-quang": VILLAGES["ha-giang"],
    "ninh-binh": VILLAGES["ninh-binh"] + VILLAGES["nam-dinh"] + VILLAGES["ha-nam"],
    "hue": VILLAGES["thua-thien-hue"],
    "vinh-long": VILLAGES["ben-tre"],
    "phu-tho": VILLAGES["phu-tho"] + VILLAGES["hoa-binh"],
    "hai-phong": VILLAGES["hai-phong"] + VILLAGES["hai-duong"],
    "hung-yen": VILLAGES["hung-yen"] + VILLAGES["thai-binh"],
    "bac-ninh": VILLAGES["bac-ninh"] + VILLAGES["bac-giang"],
    "da-nang": VILLAGES["da-nang"] + VILLAGES["quang-nam"],
    "ho-chi-minh": (("ceramics", "Lái Thiêu, Thuận An", "gốm men"), ("lacquer", "Tương Bình Hiệp", "sơn mài")),
    "dong-nai": (("ceramics", "Tân Vạn, Biên Hoà", "gốm Biên Hoà"), ("food", "Trảng Bom", "cacao, tiêu")),
    "lam-dong": (("ceramics", "Bình Đức, Bắc Bình", "gốm Chăm"), ("food", "Bảo Lộc", "trà, cà phê, tơ tằm")),
    "dak-lak": (("silk", "Tơng Jú, Buôn Ma Thuột", "thổ cẩm Ê Đê"), ("food", "Buôn Ma Thuột", "cà phê")),
    "gia-lai": (("bamboo", "Phú Gia, Phù Cát", "nón ngựa"), ("food", "Pleiku", "mật ong, cà phê")),
    "khanh-hoa": (("ceramics", "Bàu Trúc, Ninh Phước", "gốm Bàu Trúc"), ("silk", "Mỹ Nghiệp", "dệt thổ cẩm Chăm")),
    "can-tho": (("bamboo", "Thới Lai", "đan lát lục bình"), ("food", "Sóc Trăng", "bánh pía")),
    "dong-thap": (("silk", "Long Khánh", "khăn rằn"), ("food", "Lai Vung", "nem, bột gạo")),
    "dien-bien": (("silk", "Na Sang", "thổ cẩm Lào"), ("food", "Tủa Chùa", "chè cây cao")),
}
FOREIGN_PRODUCTS: dict[str, tuple[str, str, str]] = {
    "LA": ("silk", "Vientiane", "hand-woven silk, silver"),
    "JP": ("paper", "Kyoto", "washi paper, lacquer bowls"),
    "KR": ("paper", "Jeonju", "hanji lamps, celadon"),
    "IN": ("metal", "Jaipur", "brass, block-printed cotton"),
    "TH": ("ceramics", "Chiang Mai", "celadon, benjarong"),
    "ID": ("wood", "Denpasar", "teak carving, batik"),
    "PL": ("metal", "Gdańsk", "amber jewellery"),
}
SHARES = {"ha-noi": 118, "bac-ninh": 22, "ninh-binh": 14, "nam-dinh": 14, "ha-nam": 11, "thai-binh": 11, "thanh-hoa": 9}
