"""Copies what pages need out of node_modules into app/static/{vendor,fonts}: run by ./fair, needs only Python.

Nothing third-party is committed; both folders are ignored by git and made anew when the lock file changes.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"
FONTS = ROOT / "app" / "static" / "fonts"
ICONS = ROOT / "app" / "static" / "icons.txt"

COPIED = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "@panzoom/panzoom/dist/panzoom.es.js": "panzoom.js",
    "idb/build/index.js": "idb.js",
    "@noble/ed25519/index.js": "ed25519.js",
    "zxing-wasm/dist/es/reader/index.js": "zxing/reader/index.js",
    "zxing-wasm/dist/es/share.js": "zxing/share.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing/zxing_reader.wasm",
}
WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}
# Be Vietnam Pro in the three subsets that its package ships; the ranges say which file holds a letter.
SUBSETS = {
    "latin-ext": "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1E9F, U+1EF2-1EFF, "
    "U+2020, U+20A0-20AB, U+20AD-20C0, U+2113, U+2C60-2C7F, U+A720-A7FF",
    "vietnamese": "U+0102-0103, U+0110-0111, U+0128-0129, U+0168-0169, U+01A0-01A1, U+01AF-01B0, U+0300-0301, "
    "U+0303-0304, U+0308-0309, U+0323, U+0329, U+1EA0-1EF9, U+20AB",
    "latin": "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, "
    "U+2190-2193, U+2212, U+2215, U+FEFF, U+FFFD",
}
# Be Vietnam Pro has no tabular figures: digits, comma, point and colon come from Inter.
FIGURES = "U+002C, U+002E, U+0030-003A"


def copy_packages() -> None:
    for source, target in COPIED.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, VENDOR / target)


def copy_fonts() -> None:
    """Subset woff2 for pages, whole TTFs for PDFs (subsets print garbled Vietnamese), and the CSS that names them."""
    FONTS.mkdir(parents=True, exist_ok=True)
    rules = []
    for weight, name in WEIGHTS.items():
        for subset, ranges in SUBSETS.items():
            file = f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
            shutil.copyfile(MODULES / "@fontsource/be-vietnam-pro/files" / file, FONTS / file)
            rules.append(_face("Be Vietnam Pro", weight, file, ranges))
        file = f"inter-latin-{weight}-normal.woff2"
        shutil.copyfile(MODULES / "@fontsource/inter/files" / file, FONTS / file)
        rules.append(_face("Phien Figures", weight, file, FIGURES, "size-adjust: 101%; "))
        for family, folder in (("BeVietnamPro", "be-vietnam-pro"), ("Inter", "inter")):
            ttf = f"{family}_{weight}{name}.ttf"
            shutil.copyfile(MODULES / "@expo-google-fonts" / folder / f"{weight}{name}" / ttf, FONTS / ttf)
    (FONTS / "fonts.css").write_text("\n".join(rules) + "\n")


def _face(family: str, weight: int, file: str, ranges: str, extra: str = "") -> str:
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-display: swap; {extra}'
        f'src: url("{file}") format("woff2"); unicode-range: {ranges}; }}'
    )


def build_sprite() -> None:
    """One SVG with the outline icons that icons.txt names, each a <symbol id="i-NAME">."""
    symbols = []
    for name in sorted({line.strip() for line in ICONS.read_text().splitlines() if line.strip() and line[0] != "#"}):
        source = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
        inner = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
        paths = re.search(r"<svg[^>]*>(.*)</svg>", inner, re.DOTALL)
        if paths is None:
            raise ValueError(f"icon {name} has no drawing")
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{" ".join(paths[1].split())}</symbol>')
    (VENDOR / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n')


def main() -> None:
    for folder in (VENDOR, FONTS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    copy_packages()
    copy_fonts()
    if ICONS.exists():
        build_sprite()


if __name__ == "__main__":
    main()
