"""Write `core/confusables.py` from Unicode's confusables.txt: `python -m tools.confusables FILE`.

The file is at https://www.unicode.org/Public/security/latest/confusables.txt. Keys of names that are stored depend on
the table, so a new one needs a migration that saves every attendee again.
"""

import re
import sys
import textwrap
import unicodedata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "core/confusables.py"
ROW = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA")
HEADER = '''"""What letters and digits look like. Written by `tools/confusables.py`; do not edit.

From confusables.txt of {version}, © Unicode, Inc., https://www.unicode.org/license.txt
"""

_TABLE = """
{table}
"""

#: A letter or digit without accents, by its code point, to the one that it looks like, or several.
LOOKALIKES = {{ord(pair[0]): pair[1:] for pair in _TABLE.split()}}
'''


def main(source: str) -> None:
    text = Path(source).read_text(encoding="utf-8-sig")
    version = re.search(r"^# Date: (\S+),", text, re.MULTILINE)
    table = {chr(int(row[1], 16)): "".join(chr(int(code, 16)) for code in row[2].split()) for row in ROW.finditer(text)}
    pairs = sorted(char + look for char, look in reduce_table(table).items())
    lines = textwrap.fill(" ".join(map(escape, pairs)), 118, break_long_words=False, break_on_hyphens=False)
    TARGET.write_text(HEADER.format(version=version[1] if version else "an unknown date", table=lines))


def reduce_table(table: dict[str, str]) -> dict[str, str]:
    """Return the rows of letters and digits that differ after accents and compatibility forms are removed."""
    found = {}
    for char, look in table.items():
        bare = remove_accents("".join(table.get(one, one) for one in remove_accents(look)))
        is_wanted = unicodedata.category(char)[0] in "LN" or char == "|"
        if is_wanted and remove_accents(char) == char and bare not in ("", char) and not bare.isspace():
            found[char] = "".join(bare.split())
    return found


def remove_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def escape(pair: str) -> str:
    return pair.replace("\\", "\\\\").encode("ascii", "backslashreplace").decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
