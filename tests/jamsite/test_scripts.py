"""The pages' scripts are modules that share code."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from core.static_storage import join_scripts, join_styles
from jams.live import close_codes
from jams.live.hub import HEARTBEAT, HEARTBEAT_SECONDS

SCRIPTS = settings.BASE_DIR / "static" / "js"
FILES = sorted(SCRIPTS.rglob("*.js"))
IMPORT = re.compile(r'^import (?:.* from )?"(\./[\w./]+|\.\./[\w./]+)";$', re.MULTILINE)
LONGEST_COPY = 3  # lines that two scripts may have in common one after the other


def read_blocks(script: Path) -> set[tuple[str, ...]]:
    """Return every run of lines that is one line too long to stand in another script as well."""
    lines = [line.strip() for line in script.read_text().splitlines()]
    lines = [line for line in lines if re.search(r"\w{3}", line) and not line.startswith(("//", "import "))]
    return {tuple(lines[start : start + LONGEST_COPY + 1]) for start in range(len(lines) - LONGEST_COPY)}


@pytest.mark.parametrize("script", FILES, ids=lambda path: path.name)
def test_scripts_import_only_scripts_that_exist(script):
    text = script.read_text()
    imports = IMPORT.findall(text)
    assert len(imports) == len(re.findall(r"^import\b", text, re.MULTILINE))
    assert [path for path in imports if not (script.parent / path).is_file()] == []


def test_scripts_share_no_copied_block():
    copies = [(a.name, b.name, *block) for a, b in combinations(FILES, 2) for block in read_blocks(a) & read_blocks(b)]
    assert copies == []


def test_pages_wait_for_two_heartbeats_before_they_reconnect():
    script = (settings.BASE_DIR / "static/js/live/socket.js").read_text()
    assert f'HEARTBEAT = "{HEARTBEAT}"' in script
    silence = int(re.findall(r"SILENCE_MS = (\d+)", script)[0])
    assert 2 * HEARTBEAT_SECONDS * 1000 < silence < 15_000


def test_close_codes_stand_once_and_agree_with_the_server():
    found = [
        (path.name, code) for path in FILES for code in re.findall(r"\b4\d{3}\b", path.read_text()) if code != "4000"
    ]
    assert found == [("socket.js", str(close_codes.JAM_GONE))]


@pytest.fixture
def collected(tmp_path):
    """The folder with the collected files."""
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "core.static_storage.HashedStaticFilesStorage"}}
    with override_settings(STORAGES=storages, STATIC_ROOT=tmp_path, STATICFILES_DIRS=[settings.BASE_DIR / "static"]):
        call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_collected_scripts_import_each_other_by_hashed_names(collected):
    (board,) = (path for path in (collected / "js" / "live").glob("board.*.js"))
    (address,) = IMPORT.findall(board.read_text())
    assert re.fullmatch(r"\./socket\.[0-9a-f]{12}\.js", address)
    assert (board.parent / address).is_file()


def test_collected_pages_hold_everything_in_one_file(collected):
    joined = {path.relative_to(collected).as_posix(): path.read_text() for path in collected.glob("*/pages/*.*.*s")}
    kinds = {re.sub(r"\.\w+\.", ".", name) for name in joined}
    assert kinds == {"css/pages/jam.css", "css/pages/site.css", "js/pages/jam.js", "js/pages/site.js"}
    assert [name for name, text in joined.items() if re.search(r"^@?import|^//", text, re.MULTILINE)] == []
    assert all(Path(collected, f"{name}.gz").is_file() for name in joined)


def test_joined_scripts_run_in_the_order_of_modules_and_once():
    modules = {
        "js/pages/a.js": 'import "../b.js";\nimport { c, d } from "../c.js";\nsay(c + d());\n',
        "js/b.js": 'import { c } from "./c.js";\nconst said = 1;\nsay(c + said);\n',
        "js/c.js": "const said = 2;\nexport const c = said;\nexport function d() { return 1; }\n",
    }
    assert " ".join(join_scripts("js/pages/a.js", modules.__getitem__).split()) == (
        "const module0 = (() => { const said = 2; const c = said; function d() { return 1; } return { c, d }; })();"
        " const module1 = (() => { const { c } = module0; const said = 1; say(c + said); return { }; })();"
        " const module2 = (() => { const { c, d } = module0; say(c + d()); return { }; })();"
    )


@pytest.mark.parametrize(
    "line", ['import * as b from "./b.js";', 'import b from "./b.js";', "export { b };", "export default 1;"]
)
def test_script_of_an_unknown_kind_is_not_joined(line):
    with pytest.raises(ValueError, match="cannot be joined"):
        join_scripts("js/a.js", lambda path: line)


def test_joined_styles_keep_their_order_and_lead_nowhere():
    styles = {
        "css/pages/a.css": '@import "../b.css";\n@import "../c.css";\nd {}',
        "css/b.css": "/* b\n */\n  b {}",
        "css/c.css": "c {}",
    }
    assert join_styles("css/pages/a.css", styles.__getitem__) == "\nb {}c {}d {}"
    lines = {"css/a.css": 'a :is(b),\nc :hover {\n  color: red;\n  content: "x; y";\n}\n'}
    assert join_styles("css/a.css", lines.__getitem__) == 'a :is(b),c :hover{color:red;content:"x; y";}'
    with pytest.raises(ValueError, match="no url"):
        join_styles("css/a.css", lambda path: "a { background: url(b.svg) }")
