"""The recipes of docs/deployment.md, as `make deploy-check` reads and runs them; the run itself takes minutes."""

import re
import subprocess
import sys

import pytest

from core.version import VERSION
from tests.servers import ROOT
from tools.deploy.recipes import merge_results, read_recipe

RECIPES = ("One small machine", "Several machines")
PAGE = """## First
text
```sh
echo one \\
    two
echo three
```
### Deeper
```ini
NOT=run
```
```sh
four
```
## Second
```sh
five
```
"""


def commands_of(title: str) -> list[str]:
    return [command for step in read_recipe(title) for command in step.commands]


def test_recipe_has_the_commands_of_its_chapter_alone() -> None:
    first = read_recipe("First", PAGE)
    assert [(step.heading, step.commands) for step in first] == [
        ("First", ["echo one      two", "echo three"]),
        ("Deeper", ["four"]),
    ]
    assert [step.commands for step in read_recipe("Second", PAGE)] == [["five"]]


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_is_a_script_that_bash_can_read(title: str) -> None:
    script = "\n".join(step.script for step in read_recipe(title))
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(script) > 500) == (0, "", True)


def test_recipes_install_this_version_and_name_no_host() -> None:
    small = commands_of("One small machine")
    assert f"VERSION={VERSION}" in small
    hosts = re.findall(r"https?://([\w.-]+)", "\n".join([*small, *commands_of("Several machines")]))
    assert set(hosts) == {"127.0.0.1"}


def test_recipes_start_only_units_that_are_shipped() -> None:
    units = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    text = "\n".join(step.script for title in RECIPES for step in read_recipe(title))
    named = {re.sub(r"@\d+$", "@", name) for name in re.findall(r"\bjamsite-[a-z]+(?:@\d+|\.timer)?", text)}
    assert {name if "." in name else f"{name}.service" for name in named} <= units
    assert len(named) == 5


def test_update_restarts_every_unit_that_the_recipe_enables() -> None:
    enabled = [line for line in commands_of("Several machines") if line.startswith("systemctl enable") and "@" in line]
    restarted = [line for line in commands_of("Several machines") if line.startswith("for unit in")]
    assert enabled[0].split()[3:] == restarted[0].removesuffix("; do").split()[3:]


def test_result_of_one_part_leaves_those_of_the_others() -> None:
    last = "* **First** (Monday): all\n  went well.\n* **Second** (Monday): it did not.\n"
    merged = merge_results(last, {"Second": "(Tuesday): it did.", "Third": "(Tuesday): new."})
    assert merged.splitlines() == [
        "* **First** (Monday): all went well.",
        "* **Second** (Tuesday): it did.",
        "* **Third** (Tuesday): new.",
    ]


def test_deploy_check_refuses_anybody_but_root() -> None:
    """As somebody else it would stop halfway."""
    program = "import os; os.geteuid = lambda: 1; from tools.deploy import check; check.main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n"), "needs root" in done.stderr) == (1, 1, True)
