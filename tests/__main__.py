"""`make test`: the whole suite on SQLite alone, then on PostgreSQL with Valkey, with one coverage over both.

`python -m tests -k vote` passes its arguments on to both runs, and then asks for no coverage. DATABASE_URL and
REDIS_URL are used for the second run when given; whichever is missing is started for it, and stopped after it.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import redis

from jamsite.devservers import postgresql, valkey

ROOT = Path(__file__).resolve().parent.parent
OURS = ("DATABASE_URL", "REDIS_URL")


def main(arguments: list[str]) -> int:
    """Return the exit code of the first run that failed, or 0."""
    with tempfile.TemporaryDirectory(prefix="jamsite-coverage-") as folder:
        outside = {name: value for name, value in os.environ.items() if name not in OURS}
        outside["COVERAGE_FILE"] = str(Path(folder) / "coverage")
        return on_embedded_parts(arguments, outside) or on_real_servers(arguments, outside)


def on_embedded_parts(arguments: list[str], environment: dict[str, str]) -> int:
    say("SQLite, local-memory cache, in-memory channel layer")
    return in_two_parts(arguments, ["--cov-report="], environment)


def on_real_servers(arguments: list[str], environment: dict[str, str]) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jamsite-servers-")))
        database_url = os.environ.get("DATABASE_URL") or stack.enter_context(
            postgresql(folder / "postgresql", durable=False)
        )
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(valkey(folder / "valkey"))
        if redis.from_url(redis_url).dbsize():
            sys.exit(f"The tests empty the Redis database {redis_url}, and it holds data. Give them one of their own.")
        say("PostgreSQL, Valkey")
        report = ["--cov-append", "--cov-report=term-missing:skip-covered", "--cov-fail-under=95"]
        environment = {**environment, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return in_two_parts(arguments, report, environment)


def in_two_parts(arguments: list[str], report: list[str], environment: dict[str, str]) -> int:
    """Run what drives browsers, sockets and processes in a process of its own, which no other test has touched."""
    if arguments:
        return pytest(arguments, environment)
    quiet = ["--cov-report=", *(["--cov-append"] if "--cov-append" in report else [])]
    first = pytest(["-m", "not real_time", *coverage([], *quiet)], environment)
    return first or pytest(["-m", "real_time", *coverage([], "--cov-append", *report)], environment)


def coverage(arguments: list[str], *options: str) -> list[str]:
    """Return the options that measure coverage, which means something for the whole suite only."""
    return [] if arguments else ["--cov", *options]


def say(parts: str) -> None:
    print(f"\n=== On {parts} ===", flush=True)


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
