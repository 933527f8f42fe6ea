"""The throw-away instance as a process: started, walked through over HTTP, stopped, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_client import opened
from cli_office import run
from curl_stand_in import put_stand_in, with_curl

from adapters.settings import read_settings
from api.serve import links_lead_elsewhere, listening
from ledger.errors import MalformedInput, Misconfigured
from offices.dev import host_of
from offices.dev_samples import MAPPING_NAME, TYPE_NAME

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
from pathlib import Path
from api.dev_server import run_dev
from ledger.errors import OnceledgerError
try:
    run_dev(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None)
except OnceledgerError as error:
    sys.exit(f"{error.code}: {error}")
"""
PATIENCE = 120


class Instance:
    """A process, and what it announced."""

    def __init__(self, folder: Path, port: int = 0, public_url: str = "") -> None:
        self.folder = folder
        # Settings of another installation must not leak into it.
        environment = os.environ | {"ONCELEDGER_CHAIN_URL": "http://127.0.0.1:1", "ONCELEDGER_PASSPHRASE": "another"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port), str(folder), public_url],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (self.folder / "dev.json").exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.told = json.loads((self.folder / "dev.json").read_bytes())
        self.http = httpx.Client(base_url=self.told["base_url"], timeout=60, trust_env=False)
        return self.told

    def send(self, path: str, role: str | None = None, method: str = "POST", **rest: Any) -> httpx.Response:
        headers = {} if role is None else {"Authorization": f"Bearer {self.told['tokens'][role]}"}
        return self.http.request(method, path, headers=headers, **rest)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def running(folder: Path, **rest: Any) -> Iterator[Instance]:
    # What a killed process left behind is not this one's answer.
    (folder / "dev.json").unlink(missing_ok=True)
    instance = Instance(folder, **rest)
    try:
        instance.wait()
        yield instance
    finally:
        if instance.process.poll() is None:
            instance.process.kill()
        instance.process.communicate()
        if hasattr(instance, "http"):
            instance.http.close()


def walk(instance: Instance, register: bytes) -> dict[str, Any]:
    """Import, approve, issue, anchor; returns the first certificate's bundle."""
    office = "/agencies/1"
    files = {"file": ("sample.csv", register)}
    data = {"type": TYPE_NAME, "mapping_name": MAPPING_NAME}
    made = instance.send(f"{office}/imports", "clerk", files=files, data=data)
    assert made.status_code == 201, made.text
    assert instance.send(f"{made.headers['location']}/approve", "reviewer").json()["approved"]
    assert instance.send(f"{office}/issue", "clerk", json={"type": TYPE_NAME}).json()["issued"]
    assert instance.send(f"{office}/anchor", "operator").status_code == 200
    number = register.decode().splitlines()[1].partition(",")[0]
    return bundle(instance, number)


def bundle(instance: Instance, number: str) -> dict[str, Any]:
    which = {"agency": "1", "type": TYPE_NAME, "business_number": number}
    answer = instance.send("/bundles", "clerk", json=which)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_from_nothing_to_a_verified_bundle_and_again_after_a_stop_and_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    with running(folder) as instance:
        told = instance.told
        assert told.keys() == {"base_url", "tokens", "issuers", "trust_pack"}
        roles = {"clerk", "reviewer", "operator", "auditor", "administrator", "member", "second-member"}
        assert told["tokens"].keys() == roles
        (issuer,) = told["issuers"].values()
        port = told["base_url"].rpartition(":")[2]
        assert told["issuers"] == {
            "eddsa-jcs-2022": {"id": f"did:web:127.0.0.1%3A{port}", "endpoint": f"{told['base_url']}/agencies/1"}
        }
        assert instance.http.get(told["trust_pack"]).json()["format"] == "onceledger-trust-pack"
        assert instance.http.get("/.well-known/did.json").json()["id"] == issuer["id"]
        assert instance.http.get("/readyz").json()["status"] == "ready"
        for private in ("dev.json", "passphrase", "dev-tokens.json", "instance/tokens.json"):
            assert stat.S_IMODE((folder / private).stat().st_mode) == 0o600
        register = (folder / "sample.csv").read_bytes()
        first = walk(instance, register)
        answer = instance.send("/verify", json={"bundle": first})
        assert answer.json()["result"] == "valid", answer.text
        code, out, err = instance.end()
        assert code == 0, err
        assert "curl" in out
        assert "Traceback" not in err
        assert not (folder / "dev.json").exists()
        secrets = [line.split(",")[2] for line in register.decode().splitlines()[1:]]
        assert not [secret for secret in (*secrets, "SP-2026-0001", "olt_") if secret in err]
    with running(folder) as instance:
        assert instance.told["tokens"] == told["tokens"]
        assert instance.told["issuers"]["eddsa-jcs-2022"]["id"] == issuer["id"]
        assert bundle(instance, "SP-2026-0001")["credential"] == first["credential"]
        second = walk(instance, register.replace(b"SP-2026", b"SP-2027"))
        assert instance.send("/verify", json={"bundle": second}).json()["result"] == "valid"
        assert instance.end(signal.SIGKILL)[0] == -signal.SIGKILL
        assert (folder / "dev.json").exists()
    with running(folder) as instance:
        for kept in (first, second):
            assert instance.send("/verify", json={"bundle": kept}).json()["result"] == "valid"
        assert instance.send("/agencies/1/counts", "auditor", "GET").json()["states"] == {"anchored": 8}
        assert instance.end(signal.SIGINT)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_cut_off_is_there_whole_or_not_at_all(tmp_path: Path, number: int) -> None:
    rows = 4000
    with running(tmp_path / "dev") as instance:
        head, first = (tmp_path / "dev" / "sample.csv").read_text("utf-8").splitlines()[:2]
        cells = first.partition(",")[2]
        register = "\n".join([head, *(f"CUT-{row:05d},{cells}" for row in range(rows)), ""]).encode()
        files = {"file": ("large.csv", register)}
        data = {"type": TYPE_NAME, "mapping_name": MAPPING_NAME}
        answers = []

        def send() -> None:
            with suppress(httpx.TransportError):
                answers.append(instance.send("/agencies/1/imports", "clerk", files=files, data=data))

        sending = threading.Thread(target=send)
        sending.start()
        spool = tmp_path / "dev" / "instance" / "tmp"
        while not spool.exists():
            time.sleep(0.001)
        code, _, err = instance.end(number)
        sending.join()
        assert "Traceback" not in err
        assert list(spool.iterdir()) == []
        if number == signal.SIGTERM:
            assert (code, [answer.status_code for answer in answers]) == (0, [201])
    with running(tmp_path / "dev") as instance:
        states = instance.send("/agencies/1/counts", "auditor", "GET").json()["states"]
        assert states in ({}, {"draft": rows})
        assert states or not answers


def _tried(folder: Path, printed: str, path: str) -> Any:
    """What is printed to try, pasted into a shell; the last answer is a verdict."""
    lines = printed.partition("Try it in another terminal:\n")[2].partition("\n\n")[0]
    assert lines.count("curl") == 6
    done = subprocess.run(
        ["sh", "-euc", lines.replace("curl ", "curl -sS --fail-with-body --noproxy '*' ")],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout[done.stdout.rindex('{"result"') :])


def test_what_is_printed_to_try_works_at_each_start_and_before_any_gateway(tmp_path: Path) -> None:
    for start in range(3):
        path = with_curl(tmp_path / "bin", os.environ["PATH"])
        if start == 2:  # the stand-in, too, where there is a curl
            path = f"{put_stand_in(tmp_path / 'bin')}:{path}"
        printed: list[str] = []
        instance = Instance(tmp_path / "dev", public_url="https://dev.example.org/")
        try:
            assert instance.process.stdout is not None
            while not printed or not printed[-1].startswith("Ctrl-C"):
                printed.append(instance.process.stdout.readline())
                assert printed[-1], instance.process.communicate()
            (port,) = _ports(instance.process.pid)
            text = "".join(printed)
            assert f"Ready: http://127.0.0.1:{port} " in text
            assert "Others reach it as https://dev.example.org\n" in text
            assert "https://dev.example.org/agencies" not in text
            told = _tried(tmp_path, text, path)
            assert (told["result"], start) == ("valid", start)
            assert instance.end()[0] == 0
        finally:
            if instance.process.poll() is None:
                instance.process.kill()


@pytest.mark.parametrize(("language", "word"), [("en", "links in answers begin with"), ("zh", "应答中的链接以")])
def test_at_the_start_it_is_told_that_links_lead_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, word: str
) -> None:
    monkeypatch.setattr("api.serve.serve", lambda *_: None)
    data = {"data": str(tmp_path / "none")}
    assert word in run("serve", "--port", "18000", language=language, **data).err
    assert word not in run("serve", language=language, **data).err
    assert word not in run("serve", "--port", "18000", language=language, public_url="https://a.example", **data).err


def test_links_to_another_port_are_told(tmp_path: Path) -> None:
    default = read_settings(data=tmp_path)
    assert not links_lead_elsewhere(default, 8000)
    assert links_lead_elsewhere(default, 18000)
    assert not links_lead_elsewhere(read_settings(data=tmp_path, public_url="https://a.example"), 18000)


def test_a_second_process_is_told_who_has_folder_or_port(tmp_path: Path) -> None:
    with running(tmp_path / "dev", public_url="https://dev.example.org/") as instance:
        assert instance.told["base_url"] == "https://dev.example.org"
        assert instance.told["issuers"]["eddsa-jcs-2022"]["id"] == "did:web:dev.example.org"
        before = (tmp_path / "dev" / "dev.json").read_bytes()
        _, err = Instance(tmp_path / "dev").process.communicate(timeout=PATIENCE)
        assert err.startswith("chain.owned: ")
        assert str(instance.process.pid) in err
        assert (tmp_path / "dev" / "dev.json").read_bytes() == before
        (port,) = _ports(instance.process.pid)
        _, err = Instance(tmp_path / "other", port).process.communicate(timeout=PATIENCE)
        assert err.startswith(f"serve.port-in-use: Port {port} on 127.0.0.1 is in use.")
        assert not (tmp_path / "other").exists()


def _ports(pid: int) -> set[int]:
    """Ports on which a process listens (proc(5), /proc/net/tcp)."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[3] == "0A" and line[9] in inodes}


def test_a_founding_that_was_cut_off_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    instance = Instance(folder)
    deadline = time.monotonic() + PATIENCE
    while not (folder / "instance.unfinished" / "chain").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    instance.end(signal.SIGKILL)
    assert not (folder / "instance").exists()
    with running(folder) as again:
        assert again.http.get("/readyz").json()["status"] == "ready"
        assert not (folder / "instance.unfinished").exists()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _, err = Instance(tmp_path / "file").process.communicate(timeout=PATIENCE)
    assert err.startswith("chain.not-writable: ")


@pytest.mark.parametrize(
    "address", ["", "dev.example", "ftp://a", "http://", "http://u@h", "http://h/path", "http://h?x"]
)
def test_a_public_address_is_a_host(address: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        host_of(address)
    assert caught.value.code == "dev.base-url"


def test_serving_an_installation_until_a_signal(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from adapters.settings import read_settings; from api.serve import serve\n"
        "serve(read_settings(data=Path(sys.argv[1])), port=int(sys.argv[2]))"
    )
    with opened(tmp_path) as inst:
        settings = inst.settings
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"ONCELEDGER_PASSPHRASE": settings.secret()}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(settings.data), str(port)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        broken = {check["name"]: check["code"] for check in answer.json()["checks"] if not check["ok"]}
        assert broken == {"tokens": "tokens.none"}
    finally:
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0, err
    assert "holds no token" in err
    assert f"port {port}" in err


def test_a_port_in_use_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured) as caught, listening("127.0.0.1", port):
            pass
    assert caught.value.code == "serve.port-in-use"
    with listening("127.0.0.1", port) as free:
        assert free.getsockname() == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("not a host", 80), ("203.0.113.1", 8000), ("127.0.0.1", 70000), ("127.0.0.1", -1)]
)
def test_an_address_that_is_not_here(host: str, port: int) -> None:
    with pytest.raises(Misconfigured) as caught, listening(host, port):
        pass
    assert caught.value.code == "serve.address"
