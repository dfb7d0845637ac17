"""Static files in production: joined for each page, with hashed names, and compressed.

A file in a folder named "pages" only imports others. With DEBUG, and wherever files have not been collected, a browser
loads them one by one. `collectstatic` replaces it with one file that holds all of them, so that a first visit
takes few requests; docs/adr/0027 says why.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

PAGES = "pages"  # the folder of the files that are joined
SCRIPT_IMPORT = re.compile(r'^import (?:(\{ \w+(?:, \w+)* \}) from )?"(\.{1,2}/[\w./]+)";$', re.MULTILINE)
STYLE_IMPORT = re.compile(r'^@import "([\w./]+)";$', re.MULTILINE)
STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENT = re.compile(r"\n\s+")
LINE_END = re.compile(r" ?([{};,])\n")  # nothing within a selector is touched, so none changes its meaning
DECLARATION = re.compile(r"(?<=[{;])([\w-]+): ")
EXPORT = re.compile(r"^export (?=(?:const|let|function|async function) (\w+))", re.MULTILINE)
LEFT_OVER = re.compile(r"^(?:@?import|export)\b.*", re.MULTILINE)

type Read = Callable[[str], str]


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Hashes names also in the imports of scripts, so that a browser never mixes those of two releases."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join the files in folders named "pages", then hash and compress all files."""
        joined = {} if dry_run else {name: self._join(name, paths) for name in paths if _is_page(name)}
        yield from super().post_process({**paths, **joined}, dry_run, **options)

    def _join(self, name: str, paths: dict[str, Any]) -> tuple[Any, str]:
        def read(path: str) -> str:
            storage, source = paths[path]
            with storage.open(source) as file:
                return str(file.read().decode())

        text = jsmin(join_scripts(name, read)) if name.endswith(".js") else join_styles(name, read)
        self.delete(name)
        return self, self.save(name, ContentFile(text.encode()))


def join_scripts(entry: str, read: Read) -> str:
    """Return the module `entry` and all that it imports as one module.

    Each becomes a function, which keeps its names to itself and returns what it exports. They run in the order in which
    a browser would run the modules. Raises ValueError for a kind of import or export that is not understood.
    """
    numbers: dict[str, int] = {}
    joined: list[str] = []

    def add(path: str) -> None:
        if path in numbers:
            return
        text = read(path)
        imported = {target: _resolve(path, target) for _names, target in SCRIPT_IMPORT.findall(text)}
        for target in imported.values():
            add(target)
        numbers[path] = len(joined)
        exports = ", ".join(EXPORT.findall(text))

        def refer(found: re.Match[str]) -> str:
            return f"const {found[1]} = module{numbers[imported[found[2]]]};" if found[1] else ""

        body = _require_joined(path, EXPORT.sub("", SCRIPT_IMPORT.sub(refer, text)))
        joined.append(f"const module{numbers[path]} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();\n")

    add(entry)
    return "".join(joined)


def join_styles(entry: str, read: Read) -> str:
    """Return the style sheet `entry` with those it imports in their place, without comments, indentation and line ends.

    Raises ValueError for a kind of import that is not understood, or an address, which would lead elsewhere.
    """
    text = STYLE_IMPORT.sub(lambda found: join_styles(_resolve(entry, found[1]), read), read(entry))
    if "url(" in text:
        raise ValueError(f"{entry} is joined, so it can hold no url().")
    lines = _require_joined(entry, INDENT.sub("\n", STYLE_COMMENT.sub("", text)))
    return DECLARATION.sub(r"\1:", LINE_END.sub(r"\1", lines))


def _is_page(name: str) -> bool:
    return PAGES in posixpath.dirname(name).split("/") and name.startswith(("js/", "css/"))


def _resolve(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _require_joined(path: str, text: str) -> str:
    if left := LEFT_OVER.search(text):
        raise ValueError(f"{path} cannot be joined because of the line: {left[0]}")
    return text
