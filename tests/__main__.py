"""`make test`: the whole suite on SQLite alone, with branch coverage, and beside it on PostgreSQL with Valkey.

Some tests run once: see `tests/shares.py`.

`python -m tests -k vote` passes its arguments on to both runs, and then asks for no coverage. DATABASE_URL and
REDIS_URL are used for the second run when given; whichever is missing is started for it, and stopped after it.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import redis

from operations.server.dev_databases import run_postgresql, run_valkey

ROOT = Path(__file__).resolve().parent.parent
# Set for each run by us. A run starts hundreds of Python processes: without its bytecode each compiles all of Jamsite.
OURS = ("DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")
COVERAGE = ["--cov", "--cov-report="]
NO_TESTS = 5  # pytest's exit code when nothing is left to run, as on PostgreSQL when only helpers are asked for


def main(arguments: list[str]) -> int:
    """Return 0 when both runs passed and the one on SQLite covered enough of the code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and nothing that was started stays behind
    with tempfile.TemporaryDirectory(prefix="jamsite-tests-") as name, real_servers(Path(name)) as addresses:
        folder = Path(name)
        outside = {name: value for name, value in os.environ.items() if name not in OURS}
        (folder / "taken").mkdir()
        share = [f"--share={folder / 'taken'}"]  # as two words, pytest would take the folder for its root
        good = (0, NO_TESTS) if arguments else (0,)
        say("On both at once; what they say comes when they have ended")
        with (
            Run("PostgreSQL with Valkey", arguments or share, folder, {**outside, **addresses}, good=good) as real,
            Run("SQLite alone", arguments or [*share, *COVERAGE], folder, outside) as embedded,
        ):
            failed = [run.name for run in (embedded, real) if run.wait() not in run.good]
        say("Failed: " + ", ".join(failed) if failed else "Passed on both")
        return int(bool(failed)) or (0 if arguments else coverage(folder))


@contextmanager
def real_servers(folder: Path) -> Iterator[dict[str, str]]:
    """Yield DATABASE_URL and REDIS_URL, of servers of our own where the environment names none."""
    with ExitStack() as stack:
        database_url = os.environ.get("DATABASE_URL") or stack.enter_context(
            run_postgresql(folder / "postgresql", durable=False)
        )
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(run_valkey(folder / "valkey"))
        if redis.from_url(redis_url).dbsize():
            sys.exit(f"The tests empty the Redis database {redis_url}, and it holds data. Give them one of their own.")
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


class Run:
    """The suite on one set of parts, in a process of its own; what it says is shown when it has ended.

    `good` are the exit codes with which it has passed.
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        folder: Path,
        environment: dict[str, str],
        *,
        good: tuple[int, ...] = (0,),
    ) -> None:
        self.name = name
        self.good = good
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *arguments],
                cwd=ROOT,
                env={**environment, "COVERAGE_FILE": str(folder / "coverage.sqlite")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def wait(self) -> int:
        code = self.process.wait()
        say(self.name)
        print(self.log.read_text(errors="replace"), flush=True)
        return code


def coverage(folder: Path) -> int:
    """Print the lines and branches that were missed; return other than 0 when less than 95 % were covered."""
    program, environment = [sys.executable, "-m", "coverage"], {**os.environ, "COVERAGE_FILE": str(folder / "coverage")}
    subprocess.run([*program, "combine", "--quiet"], cwd=ROOT, env=environment, check=True)
    report = [*program, "report", "--show-missing", "--skip-covered", "--fail-under=95"]
    return subprocess.run(report, cwd=ROOT, env=environment, check=False).returncode


def say(line: str) -> None:
    print(f"\n=== {line} ===", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
