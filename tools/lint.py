"""`make lint`: run every check that needs no database, and fail when any of them failed."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
CHECKS: dict[str, list[str | Path]] = {
    "style": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "layers": [BIN / "lint-imports", "--no-cache"],
    "types": [BIN / "mypy"],
    "templates": [BIN / "djlint", "templates", "--lint", "--quiet"],
    "dependencies": [sys.executable, "-m", "tools.locks"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "production settings": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
}


def production_environment(folder: str) -> dict[str, str]:
    """Return this environment with the settings of docs/production.env and `folder` as the data directory.

    Its secret key is an example, which nobody may use.
    """
    settings = {name: value or "" for name, value in dotenv_values(ROOT / "docs" / "production.env").items()}
    return {**os.environ, **settings, "DATA_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(50)}


def main() -> int:
    """Run all checks, even after one has failed; return the number of failed checks."""
    with tempfile.TemporaryDirectory() as folder:
        plain = {**os.environ, "DATA_DIR": folder}
        failed = [name for name, command in CHECKS.items() if not run_check(name, command, plain, folder)]
    print(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return len(failed)


def run_check(name: str, command: list[str | Path], plain: dict[str, str], folder: str) -> bool:
    """Run one check, which prints its own findings; return whether it exited with 0."""
    print(f"=== {name}", flush=True)
    environment = production_environment(folder) if name == "production settings" else plain
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
