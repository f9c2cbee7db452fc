"""The page that stands for every signed contract of the demonstration: a PDF of one sheet, written by hand."""

from __future__ import annotations

LINES = (
    (18, 760, "SPECIMEN"),
    (12, 730, "Scanned contract of the demonstration fair."),
    (12, 712, "No person or company named in this fair is real."),
)


def specimen_pdf() -> bytes:
    """A valid one-page PDF (ISO 32000-1, 7.5), the same bytes each time."""
    text = "\n".join(f"BT /F1 {size} Tf 72 {y} Td ({line}) Tj ET" for size, y, line in LINES).encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return (
        body + head + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    )
