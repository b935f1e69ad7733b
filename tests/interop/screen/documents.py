"""Documents made for tests, each in a few lines."""

import struct
import zlib

LINKS = b"# The wiki\r\nhttps://example.org/wiki\r\n# Minutes\r\nhttps://example.org/minutes?from=today\r\n"


def png(width: int = 640, height: int = 360) -> bytes:
    rows = b"".join(
        b"\0" + bytes(c for x in range(width) for c in (30 + x * 90 // width, 90 + y * 99 // height, 120))
        for y in range(height)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        ]
    )


def pdf(*pages: str, box: str = "0 0 960 540", catalog: str = "", page: str = "") -> bytes:
    """A page for each text, in large letters; `catalog` and `page` are further entries of those dictionaries."""
    bodies = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies += [
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        drawn = "0.09 0.39 0.38 rg 0 0 24 540 re f 0.1 g " + " ".join(
            f"BT /F1 {44 if line == 0 else 30} Tf 70 {430 - 70 * line} Td ({said}) Tj ET"
            for line, said in enumerate(text.split("|"))
        )
        bodies += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> {page} >>",
            f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        ]
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(bodies) + 1
    end = f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + f"xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()
