"""Cut Noto Sans SC to the characters that published pages need.

The sources are Debian's packages ``fonts-noto-cjk`` and ``unicode-data``. The script writes, for each weight,
``NotoSansSC-<weight>.woff2`` into the package's font folder, and beside them ``characters.txt``: the
characters that every cut font has, by which the program finds text that the fonts cannot show.

Run it from anywhere, with the environment that has fontTools and brotli::

    python packaging/make_fonts.py

With the same sources and the same versions of fontTools and brotli it writes the same bytes every time.
"""

import bz2
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

SOURCES = Path("/usr/share/fonts/opentype/noto")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
TARGET = Path(__file__).resolve().parents[1] / "src/zhiheng/publish/assets/fonts"

WEIGHTS = ("Regular", "Bold")
SOURCE_FAMILY = "Noto Sans CJK SC"
FAMILY = "Noto Sans SC"
POSTSCRIPT_FAMILY = "NotoSansSC"

TABLE_SIZE = 8105
"""Number of characters in the 通用规范汉字表 of 2013."""

BLOCKS = {
    "ASCII": (0x0020, 0x007E),
    "Latin-1": (0x00A0, 0x00FF),
    "Latin Extended-A": (0x0100, 0x017F),
    "combining diacritical marks, for x̄ and p̂": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "general punctuation, without the line and paragraph separators": (0x2000, 0x2027),
    "general punctuation, continued": (0x202A, 0x206F),
    "superscripts and subscripts": (0x2070, 0x209F),
    "currency symbols": (0x20A0, 0x20CF),
    "letterlike symbols": (0x2100, 0x214F),
    "number forms": (0x2150, 0x218F),
    "arrows": (0x2190, 0x21FF),
    "mathematical operators": (0x2200, 0x22FF),
    "box drawing": (0x2500, 0x257F),
    "block elements": (0x2580, 0x259F),
    "geometric shapes": (0x25A0, 0x25FF),
    "ballot boxes": (0x2610, 0x2612),
    "check marks": (0x2713, 0x2718),
    "CJK symbols and punctuation": (0x3000, 0x303F),
    "squared units": (0x3380, 0x33DF),
    "full-width forms of ASCII": (0xFF01, 0xFF60),
    "full-width signs": (0xFFE0, 0xFFE6),
}

FEATURES = (
    # What browsers turn on by themselves, and tabular figures.
    *("kern", "locl", "tnum", "ccmp", "calt", "liga", "mark"),
    # Narrow punctuation: half-width between Chinese marks, proportional quotation marks in English text.
    *("halt", "palt", "pwid"),
)
SCRIPTS = ("DFLT", "cyrl", "grek", "hani", "kana", "latn")
LANGUAGES = ("dflt", "ZHS")
VERTICAL_TABLES = ("VORG", "vhea", "vmtx")
LINE_LENGTH = 64


def national_table(lines: Iterable[str]) -> set[int]:
    """
    Return the code points of the 通用规范汉字表.

    Parameters
    ----------
    lines
        The lines of Unihan's file of other mappings, which holds the field ``kTGH``.
    """
    fields = (line.split("\t") for line in lines if line.startswith("U+"))
    return {int(code[2:], 16) for code, name, *_ in fields if name == "kTGH"}


def national_standard() -> set[int]:
    """Return the code points of GB 2312: its hanzi, symbols, kana, Greek, Cyrillic and bopomofo."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF))
    return {ord(character) for pair in pairs for character in pair.decode("gb2312", "ignore")}


def wanted_characters(table: set[int]) -> set[int]:
    """
    Return the code points that the cut fonts should have, whether the source has them or not.

    Parameters
    ----------
    table
        The code points of the 通用规范汉字表.
    """
    blocks = {code for first, last in BLOCKS.values() for code in range(first, last + 1)}
    return table | national_standard() | blocks


def open_face(path: Path) -> TTFont:
    """
    Open the Simplified Chinese face of a font collection.

    Parameters
    ----------
    path
        The collection.

    Returns
    -------
    TTFont
        The face whose family is called `SOURCE_FAMILY`.

    Raises
    ------
    LookupError
        If the collection has no such face.
    """
    collection = TTCollection(str(path), recalcTimestamp=False)
    for face in collection.fonts:
        if face["name"].getDebugName(1) == SOURCE_FAMILY:
            return face
    families = sorted({str(face["name"].getDebugName(1)) for face in collection.fonts})
    raise LookupError(f"{path} has no face called {SOURCE_FAMILY}; it has {', '.join(families)}")


def rename(font: TTFont, weight: str) -> None:
    """
    Give a font the family name `FAMILY`, in its name table and in its outlines.

    Parameters
    ----------
    font
        The font, which is changed in place.
    weight
        ``Regular`` or ``Bold``.
    """
    names = font["name"]
    full_name = FAMILY if weight == "Regular" else f"{FAMILY} {weight}"
    postscript_name = f"{POSTSCRIPT_FAMILY}-{weight}"
    version = str(names.getDebugName(5)).split(";")[0]
    replaced = {
        1: FAMILY,
        2: weight,
        3: f"{version};{postscript_name};subset",
        4: full_name,
        5: f"{version};subset",
        6: postscript_name,
    }
    for name, text in replaced.items():
        names.setName(text, name, 3, 1, 0x409)
    outlines = font["CFF "].cff
    outlines.fontNames = [postscript_name]
    outlines[0].FullName = full_name
    outlines[0].FamilyName = FAMILY


def cut(path: Path, weight: str, wanted: set[int]) -> TTFont:
    """
    Cut one weight of the source to the characters wanted.

    Parameters
    ----------
    path
        The source collection.
    weight
        ``Regular`` or ``Bold``.
    wanted
        The code points to keep, as far as the source has them.

    Returns
    -------
    TTFont
        The cut font, renamed, not yet written.
    """
    font = open_face(path)
    options = Options(
        hinting=False,
        desubroutinize=True,
        layout_features=list(FEATURES),
        layout_scripts=[f"{script}.{language}" for script in SCRIPTS for language in LANGUAGES],
        name_IDs=["*"],
        notdef_outline=True,
        recalc_timestamp=False,
        # Its packing depends on whether uharfbuzz happens to be installed.
        harfbuzz_repacker=False,
    )
    options.drop_tables += VERTICAL_TABLES
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    rename(font, weight)
    return font


def woff2(font: TTFont) -> bytes:
    """
    Return a font's bytes in WOFF 2.

    Parameters
    ----------
    font
        The font to write.
    """
    font.flavor = "woff2"
    stream = io.BytesIO()
    font.save(stream)
    return stream.getvalue()


def in_lines(codes: set[int]) -> str:
    """
    Return characters in the order of their code points, 64 to a line.

    Parameters
    ----------
    codes
        The characters' code points.
    """
    text = "".join(map(chr, sorted(codes)))
    return "".join(text[start : start + LINE_LENGTH] + "\n" for start in range(0, len(text), LINE_LENGTH))


def say(text: str) -> None:
    """
    Write a line to standard output.

    Parameters
    ----------
    text
        The line, without its end.
    """
    sys.stdout.write(text + "\n")


def main() -> None:
    """Cut the fonts and list the characters they have."""
    paths = {weight: SOURCES / f"NotoSansCJK-{weight}.ttc" for weight in WEIGHTS}
    packages = {**dict.fromkeys(paths.values(), "fonts-noto-cjk"), UNIHAN: "unicode-data"}
    absent = [f"  {path} (Debian package {name})" for path, name in packages.items() if not path.is_file()]
    if absent:
        sys.exit("Cannot make the fonts: these source files are absent.\n" + "\n".join(absent))

    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        table = national_table(lines)
    if len(table) != TABLE_SIZE:
        sys.exit(f"Cannot make the fonts: {UNIHAN} lists {len(table)} characters in kTGH, not {TABLE_SIZE}.")
    wanted = wanted_characters(table)

    # Should a library stamp a time after all, let it be the same one on every run.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    TARGET.mkdir(parents=True, exist_ok=True)
    held = wanted
    for weight, path in paths.items():
        font = cut(path, weight, wanted)
        held = held & set(font.getBestCmap())
        content = woff2(font)
        target = TARGET / f"{POSTSCRIPT_FAMILY}-{weight}.woff2"
        target.write_bytes(content)
        say(f"{target.name}: {len(content):,} bytes, {len(font.getGlyphOrder()):,} glyphs")

    lost = (table | national_standard()) - held
    if lost:
        sys.exit("The cut fonts lack characters of the standards: " + "".join(map(chr, sorted(lost))))
    (TARGET / "characters.txt").write_text(in_lines(held), encoding="utf-8", newline="\n")
    say(f"characters.txt: {len(held):,} characters")


if __name__ == "__main__":
    main()
