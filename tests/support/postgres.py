"""A PostgreSQL cluster of the test run's own: made by initdb, on a socket in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path


def binaries() -> Path:
    """The folder with initdb: from the system's packages."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")


class Cluster:
    """Started on construction; `url(name)` makes a database. Root drops to the user postgres, as initdb demands."""

    def __init__(self, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="phien-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "fair", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        settings = [
            "listen_addresses=''",
            f"unix_socket_directories='{self.folder}'",
            "max_connections=400",
            "shared_buffers=256MB",
        ]
        if not durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n" + "\n".join(settings) + "\n")
        self._run("pg_ctl", "-D", str(data), "-l", str(self.folder / "log"), "-w", "start")

    def url(self, name: str, template: str = "") -> str:
        """Make the database, as a copy of that at the URL `template` or empty, and say where it is."""
        copied = template.partition("@/")[2].partition("?")[0] or "template1"
        subprocess.run(
            [binaries() / "createdb", "-h", self.folder, "-U", "fair", "-T", copied, name],
            check=True,
            capture_output=True,
        )
        return f"postgresql+psycopg://fair@/{name}?host={self.folder}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries() / program), *arguments]
        subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=self.user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )
