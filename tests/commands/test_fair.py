"""./fair: what is in the way is said in one clear sentence; what is started, stops."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live_server import LiveServer, free_port

ROOT = Path(__file__).parents[2]


def fair(*arguments: str, folder: Path = ROOT, seconds: int = 60, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./fair", *arguments],
        cwd=folder,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that it ended with."""
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The command and its locks in a folder where nothing has been set up."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("fair", "requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk needs root's right to mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert sentence(fair("run", "--port", port)).startswith(f"fair: port {port} is in use")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--port", "eighty"], "the port must be a number"),
        (["run", "--port", "70000"], "the highest is 65535"),
        (["run", "--port"], "--port needs a value"),
        (["run", "--host", "no.such.host.invalid"], "is not an address of this machine"),
        (["run", "--port", "0"], "port 0 is none"),
        (["run", "--fast"], "not '--fast'"),
    ],
)
def test_a_wrong_option_is_named(arguments: list[str], said: str) -> None:
    assert said in sentence(fair(*arguments))


def test_an_unknown_command_shows_those_there_are() -> None:
    done = fair("serve")
    assert done.returncode == 2
    assert "./fair run" in done.stderr


def test_a_full_disk_is_named(small_disk: Path) -> None:
    said = sentence(fair("run", "--port", str(free_port()), FAIR_DATA_DIR=str(small_disk / "data")))
    assert said.startswith("fair: the disk is full")


def test_an_old_python_is_named(tmp_path: Path) -> None:
    for name in ("sh", "dirname", "sed", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\ncase $2 in *platform*) echo 3.9.2 ;; *) exit 1 ;; esac\n")
    old.chmod(0o755)
    assert "Python 3.11 or newer is needed; this machine has 3.9.2" in sentence(fair("run", PATH=str(tmp_path)))


def test_no_network_is_named(copy: Path) -> None:
    nowhere = {name: "" for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL")}
    nowhere |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": "/dev/null"}
    done = fair("run", "--port", str(free_port()), folder=copy, PIP_NO_CACHE_DIR="1", **nowhere)
    assert sentence(done).startswith("fair: packages could not be downloaded: is this machine on the network?")


def test_a_database_that_nobody_knows_is_named(tmp_path: Path) -> None:
    data = {"FAIR_DATA_DIR": str(tmp_path / "data"), "FAIR_DATABASE_URL": "mysql://a:b@127.0.0.1/z"}
    said = sentence(fair("run", "--port", str(free_port()), **data))
    assert said.startswith("fair: FAIR_DATABASE_URL is no address of a database that Phiên knows")


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    data = {"FAIR_DATA_DIR": str(tmp_path / "data"), "FAIR_DATABASE_URL": "postgresql://a:b@127.0.0.1:9/z"}
    said = sentence(fair("run", "--port", str(free_port()), **data))
    assert "The database cannot be used" in said
    assert said.endswith("Start it, or mend FAIR_DATABASE_URL.")


def test_nobody_serves_a_folder_twice_and_a_demonstration_is_no_empty_fair(demo_server: LiveServer) -> None:
    demo_server.flask("db", "stamp", "head")
    demo_server.stop()
    folder = demo_server.settings["FAIR_DATA_DIR"]
    data = {"FAIR_DATA_DIR": folder, "FAIR_DATABASE_URL": ""}
    said = sentence(fair("run", "--empty", "--port", str(free_port()), **data))
    assert "holds the demonstration. Your own fair wants a folder of its own" in said
    with (Path(folder) / "serving.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = sentence(fair("run", "--port", str(free_port()), **data))
    assert f"Another ./fair run serves {folder} already" in said


def test_the_demonstration_stays_on_this_machine(tmp_path: Path) -> None:
    data = {"FAIR_DATA_DIR": str(tmp_path / "data"), "FAIR_DATABASE_URL": ""}
    said = sentence(fair("run", "--host", "0.0.0.0", "--port", str(free_port()), **data))
    assert "serve this machine only" in said


def test_ctrl_c_stops_everything_that_was_started(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        ["./fair", "run", "--empty", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "FAIR_DATA_DIR": str(tmp_path / "data"), "FAIR_DATABASE_URL": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                assert answer.status == 200
            break
        except OSError:
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < deadline
            time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    output, _none = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert output.endswith("Stopped.\n")
    assert "the page sets up the organiser's account" in output
    assert "Traceback" not in output
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_no_lock_names_a_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json"):
        assert "://" not in (ROOT / name).read_text().replace('"url": "https://', ""), name


def test_demonstration_prints_a_sign_in_for_each_role(demo_server: LiveServer) -> None:
    said = demo_server.flask("demo", "sign-ins")
    for address in ("organiser", "sales", "finance", "gate", "deals", "exhibitor", "buyer"):
        assert f"{address}@example.com" in said
