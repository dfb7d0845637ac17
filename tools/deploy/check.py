"""`make deploy-check`: run the recipes of docs/deployment.md in a clean Debian 13, and write down how that went.

It needs root, Debian or Ubuntu, a few hundred megabytes in /var/tmp, and Debian's mirror and PyPI. Nothing on this
machine is changed except that it installs debootstrap and buildah. The commands are read from the docs and run as they
stand there; only REPOSITORY is put in. `tools/deploy/systemctl` stands for PID 1, which a root folder does not have.
"""

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.version import VERSION
from tools.deploy.recipes import Step, read_recipe, write_results
from tools.release import build_archive

ROOT = Path(__file__).resolve().parent.parent.parent
SUITE = "trixie"
NEXT = "1.0.1"  # the tag of the same commit that the docs update to
PASSED_ON = (
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "SSL_CERT_FILE",
)
LEFT_OUT = "PID 1: no timer was awaited, and limits and hardening of the units were not applied"


#: Debian as the usual base has it: Python and pip in /usr/local, and nothing of what this check put there.
BASE = """FROM scratch
ADD base.tar /
RUN rm -f /usr/sbin/policy-rc.d /usr/local/bin/systemctl /usr/local/bin/systemd-run
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv && python3 -m venv /usr/local
"""
LOOK = r"""set -eu
test "$(id -un)" = jamsite && test "$(pg_dump --version | cut -d' ' -f3 | cut -d. -f1)" = 17
for name in tests tools bench var .git .ci .env deploy/.env /data/secret_key; do
    test ! -e "$name" || { echo "$name is in the image"; exit 1; }
done
for name in pytest debug_toolbar mypy hypothesis playwright; do
    ! python -c "import $name" 2>/dev/null || { echo "$name is in the image"; exit 1; }
done
test -z "$(find . -user jamsite -o -perm /002 ! -type l | head -3)" || { echo "it owns code"; exit 1; }
! touch manage.py 2>/dev/null && ! touch new 2>/dev/null || { echo "it can change the code"; exit 1; }
! env | grep -q SECRET || { echo "a secret in the environment"; exit 1; }
find . -type f -name "*.py" | wc -l
"""
#: In a network of its own, so that ports are those of the image: its command, its health check, and what Compose runs.
SERVE = """set -eu
export SECRET_KEY=of-this-check-only
python manage.py prepare_database --wait 5 | grep -q 'Make the first account at http'
python manage.py worker & worker=$!
{command} & server=$!
for try in $(seq 60); do {health} 2>/dev/null && break; sleep 0.5; done
{health}
gunicorn jamsite.wsgi:application --config gunicorn.conf.py --bind 127.0.0.1:8001 --workers 2 --threads 8 & pages=$!
python - <<'END'
import json, time, urllib.request
for port, path in ((8000, "/readyz"), (8001, "/readyz"), (8000, "/"), (8001, "/jams/")):
    for _ in range(100):
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{{port}}{{path}}", timeout=5)
            if path != "/readyz" or json.load(answer)["parts"]["worker"] == "ok":
                break
        except OSError:
            pass
        time.sleep(0.2)
    else:
        raise SystemExit(f"no answer at {{port}}{{path}}")
END
python manage.py backup /backups/check.backup && test -s /backups/check.backup
test "$(stat -c %a /backups/check.backup)" = 600
kill $server $pages $worker && wait $server $pages $worker
"""


class Debian:
    """A Debian in a folder, entered with chroot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bootstrap(self) -> None:
        """Install Debian from the mirror that this machine uses, with its certificates and its way to the network."""
        install("debootstrap")
        include = "--include=ca-certificates,systemd"
        run("debootstrap", "--variant=minbase", include, SUITE, str(self.folder), find_mirror())
        for place in ("usr/local/share/ca-certificates", "etc/apt/apt.conf.d"):
            shutil.copytree(Path("/", place), self.folder / place, dirs_exist_ok=True)
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        (self.folder / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")  # nothing starts by itself
        (self.folder / "usr/sbin/policy-rc.d").chmod(0o755)
        for name in ("systemctl", "systemd-run"):
            shutil.copy(ROOT / "tools/deploy/systemctl", self.folder / "usr/local/bin" / name)
        self.run("update-ca-certificates && apt-get update && apt-get install --yes --no-install-recommends python3")

    @contextmanager
    def mounted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for options, place in ((["-t", "proc", "proc"], "proc"), (["--rbind", "/dev"], "dev")):
                run("mount", *options, str(self.folder / place))
                stack.callback(run, "umount", "--lazy", str(self.folder / place))
            yield

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script as root in it; raises SystemExit with its output when it fails."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        own = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        line = ["chroot", str(self.folder), "bash", "-ec", script]
        environment = {**passed, **own, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            line, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            sys.exit(f"Failed ({done.returncode}):\n{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def stop_everything(self) -> None:
        """Stop what the recipes started."""
        self.run(
            "cd /run/deploy-check 2>/dev/null && for unit in *; do systemctl stop $unit; done\n"
            "for name in postgresql valkey-server; do test ! -e /etc/init.d/$name || service $name stop; done"
        )


def main() -> None:
    """Run all parts, or those that are named, and write into the docs what was found of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--folder", type=Path, help="keep the Debian here, and use the one that is here already")
    options = parser.parse_args()
    if os.geteuid():
        sys.exit("make deploy-check needs root: it makes a Debian of its own and enters it.")
    folder = options.folder or Path(tempfile.mkdtemp(prefix="jamsite-debian-", dir="/var/tmp"))
    debian = Debian(folder)
    if not (folder / "etc/debian_version").exists():
        debian.bootstrap()
    commit = run("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").strip()
    with debian.mounted():
        lay_repository(folder / "repository")
        try:
            for name in options.parts:
                began = time.monotonic()
                part, check = PARTS[name]
                told = f"({datetime.now(UTC).date()}, commit {commit}, {platform.machine()}): {check(debian)}"
                print(f"{part} {told} ({time.monotonic() - began:.0f} s)", flush=True)
                write_results({part: told})
        finally:
            debian.stop_everything()
    if not options.folder:
        shutil.rmtree(folder)


def check_small(debian: Debian) -> str:
    steps = read_recipe("One small machine")
    number = run_steps(debian, steps)
    debian.run(
        "test -s /srv/jamsite/var/backups/*.backup && test $(readlink /srv/jamsite/current) = releases/" + VERSION
    )
    debian.run("systemctl stop jamsite")
    return f"all {number} commands ran in a Debian {SUITE} in a root folder, without {LEFT_OUT}."


def check_several(debian: Debian) -> str:
    steps = read_recipe("Several machines")
    number = run_steps(debian, steps)
    return f"all {number} commands ran on one machine, with the same exception."


def check_containers(debian: Debian) -> str:
    """Have Compose and kubectl read the files, since there is no engine to run them."""
    debian.run(
        "apt-get install --yes --no-install-recommends docker-compose kubernetes-client python3-venv git >/dev/null\n"
        "rm -rf /checkout && git clone --quiet /repository /checkout && cd /checkout && printf '%s\\n' SECRET_KEY=x "
        "BASE_URL=http://a ALLOWED_HOSTS=a POSTGRES_PASSWORD=x SITE_ADDRESS=:80 > deploy/.env\n"
        "docker-compose -f deploy/compose.yaml config --quiet\n"
        "kubectl kustomize deploy/kubernetes > /tmp/jamsite.yaml\n"
        "grep --quiet 'image: registry.example.org/jamsite:' /tmp/jamsite.yaml\n"
        "python3 -m venv /tmp/validate && /tmp/validate/bin/pip install --quiet kubernetes-validate\n"
        "python3 - <<'END'\n"
        "text = open('/tmp/jamsite.yaml').read().split('\\n---\\n')\n"
        "known = [one for one in text if 'gateway.networking.k8s.io' not in one]\n"
        "open('/tmp/known.yaml', 'w').write('\\n---\\n'.join(known))\n"
        "END\n"
        "/tmp/validate/bin/kubernetes-validate --strict /tmp/known.yaml\n"
    )
    return (
        "Compose read `deploy/compose.yaml`, kubectl built `deploy/kubernetes`, and `kubernetes-validate --strict` "
        "accepted it, except for the Gateway API, which it does not know. There was no engine to start them."
    )


def check_image(debian: Debian) -> str:
    """Build the image with buildah on a base made of this Debian, look into it, and run its processes."""
    install("buildah")
    build = ["buildah", "bud", "--isolation", "chroot", "--format", "docker", "--pull=never", "--quiet"]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        left_out = [
            f"--exclude=./{path}" for path in ("srv", "repository", "checkout", "root", "tmp/*", "var/lib/postgresql")
        ]
        run("tar", "--one-file-system", *left_out, "-cf", f"{name}/base.tar", "-C", str(debian.folder), ".")
        (folder / "Dockerfile").write_text(BASE)
        run(*build, "--tag", "jamsite-base", name)
        (folder / "base.tar").unlink()
        archive, context = folder / "context.tar.gz", folder / f"jamsite-{VERSION}"
        archive.write_bytes(build_archive(1_800_000_000))
        run("tar", "-xzf", str(archive), "-C", name)
        base = ["--build-arg", "BASE=localhost/jamsite-base"]
        run(*build, *base, "--file", f"{context}/deploy/Dockerfile", "--tag", f"jamsite:{VERSION}", str(context))
    image = json.loads(run("buildah", "inspect", "--type", "image", f"jamsite:{VERSION}"))["Docker"]["config"]
    if image["User"] != "jamsite" or [name for name in image["Env"] if "SECRET" in name]:
        sys.exit(f"The image runs as {image['User']}, with {image['Env']}.")
    container = run("buildah", "from", "--pull=never", f"jamsite:{VERSION}").strip()
    enter = ["buildah", "run", "--isolation", "chroot", container, "--", "sh", "-c"]
    try:
        modules = run(*enter, LOOK).split()[-1]
        script = SERVE.format(command=shlex.join(image["Cmd"]), health=shlex.join(image["Healthcheck"]["Test"][1:]))
        run("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *enter, script)
    finally:
        run("buildah", "rm", container)
    size = run("buildah", "images", "--format", "{{.Size}}", f"jamsite:{VERSION}").strip()
    return (
        f"buildah (`--isolation chroot`) built `deploy/Dockerfile` ({size}, {modules} modules of Python) on this "
        "Debian as `BASE`, not on the official image of Python. In it ran, as the user `jamsite`, "
        "who owns no code and can change none: `prepare_database`, the image's command and its health check, a worker, "
        "gunicorn as in Compose, and `backup`, on SQLite. `pg_dump` is that of PostgreSQL 17. Tests, tools, `.git`, "
        "pytest, the debug toolbar and secrets are not in it. Left out: arm64, Docker itself, Compose with its other "
        "images."
    )


PARTS = {
    "small": ("One small machine", check_small),
    "several": ("Several machines", check_several),
    "containers": ("Containers", check_containers),
    "image": ("Image", check_image),
}


def run_steps(debian: Debian, steps: list[Step]) -> int:
    """Run all blocks of a recipe in one shell, as an operator types them; return how many commands they were."""
    script = "\n".join(f"echo '== {step.heading}'\n{step.script}" for step in steps)
    debian.run("shopt -s expand_aliases\n" + script.replace("REPOSITORY", "file:///repository"))
    return sum(len(step.commands) for step in steps)


def lay_repository(folder: Path) -> None:
    """Make a bare clone of the present commit, with the tags that the docs name."""
    shutil.rmtree(folder, ignore_errors=True)
    run("git", "clone", "--quiet", "--bare", str(ROOT), str(folder))
    commit = run("git", "-C", str(ROOT), "rev-parse", "HEAD").strip()
    for version in (VERSION, NEXT):
        run("git", "-C", str(folder), "tag", "--force", f"v{version}", commit)


def find_mirror() -> str:
    """Return the address of the Debian mirror that this machine's apt uses."""
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    mirrors = [line for line in found.splitlines() if re.search(r"/debian/?$", line)]
    if not mirrors:
        sys.exit("This machine's apt has no Debian mirror.")
    return mirrors[0]


def install(program: str) -> None:
    if not shutil.which(program):
        run("apt-get", "update")
        run("apt-get", "install", "--yes", "--no-install-recommends", program)


def run(*line: str) -> str:
    """Run a command; return what it prints, or end with what went wrong."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(line)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
