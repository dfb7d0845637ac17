"""Programs from Debian that tests start."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def find_program(name: str, package: str = "") -> str:
    """Return the path of a program; Debian's `package`, or that of the same name, is installed if it is missing.

    Raises AssertionError when it is missing and we may not install anything.
    """
    if not shutil.which(name):
        install_packages(package or name)
    path = shutil.which(name)
    assert path, f"This test needs {name}: install it, for example with apt-get install {package or name}."
    return path


def install_packages(*packages: str) -> None:
    """Install packages if this is Debian and we are root. Of two runs at once, the second waits for the first."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    with (Path(tempfile.gettempdir()) / "jamsite-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["apt-get", "update"], check=False)
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", *packages], check=False)
