"""Parts for tests of the HTTP door: a founded installation to copy, tokens of two agencies, a client in process."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
from fastapi import FastAPI

from adapters.bootstrap import Installation, create_installation, open_installation
from adapters.master_key import ScryptCost
from adapters.settings import Settings
from api.app import create_app
from api.governing import HEADER
from api.tokens import AGENCY_ROLES, ROOT_AUTHORITY, Role, Tokens, add_token
from ledger.label import Label
from offices import dev_samples
from offices.evidence import make_trust_pack
from offices.root import NewAgency, accredit_agency, add_agency, add_type, found, new_key

TYPE = dev_samples.TYPE_NAME
REGISTER = dev_samples.register().encode()
MAPPING = dev_samples.MAPPING.encode()
NUMBERS = [line.split(",")[0] for line in REGISTER.decode().splitlines()[1:]]
IDENTITY_NUMBERS = [line.split(",")[2] for line in REGISTER.decode().splitlines()[1:]]
NAMES = [line.split(",")[1] for line in REGISTER.decode().splitlines()[1:]]
HOSTS = {1: "permits.example", 2: "licences.example"}


@dataclass
class Client:
    """Requests to an application in this process, one after another."""

    app: FastAPI
    tokens: dict[tuple[int, Role], str]
    members: dict[str, str] = field(default_factory=dict)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    answers: list[httpx.Response] = field(default_factory=list)
    _acts: int = 0

    def __enter__(self) -> Self:
        transport = httpx.ASGITransport(app=self.app)
        self._http = httpx.AsyncClient(transport=transport, base_url=f"http://{HOSTS[1]}")
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def send(self, method: str, path: str, role: Role | None = None, agency: int = 1, **rest: Any) -> httpx.Response:
        headers = dict(rest.pop("headers", {}))
        if role is not None:
            owner = ROOT_AUTHORITY if role is Role.MEMBER else agency
            headers["Authorization"] = f"Bearer {self.tokens[owner, role]}"
        answer = self._runner.run(self._http.request(method, path, headers=headers, **rest))
        self.answers.append(answer)
        return answer

    def sends(self, *requests: tuple[str, str, Role, dict[str, Any]]) -> list[httpx.Response]:
        """(method, path, role, rest) requests of the first agency, all at once."""
        return self._at_once([(method, path, self.tokens[1, role], rest) for method, path, role, rest in requests])

    def ask_at_once(self, path: str, *members: str) -> list[httpx.Response]:
        """A POST of the root authority's by each of ``members``, all at once."""
        return self._at_once([("POST", path, self.members[name], {}) for name in members])

    def _at_once(self, requests: list[tuple[str, str, str, dict[str, Any]]]) -> list[httpx.Response]:
        async def all_at_once() -> list[httpx.Response]:
            return await asyncio.gather(
                *(
                    self._http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **rest)
                    for method, path, token, rest in requests
                )
            )

        return self._runner.run(all_at_once())

    def get(self, path: str, role: Role | None = None, **rest: Any) -> httpx.Response:
        return self.send("GET", path, role, **rest)

    def post(self, path: str, role: Role | None = None, **rest: Any) -> httpx.Response:
        return self.send("POST", path, role, **rest)

    def govern(self, path: str, *members: str, **rest: Any) -> httpx.Response:
        """A POST of the root authority's, told apart from all before: sent by ``members``, two of them when none are
        named, one after another until it does not wait for more; returns the last answer."""
        self._acts += 1
        tag = f"act {self._acts}"
        answers = (self.ask(path, name, tag, **rest) for name in members or ("root-1", "root-2"))
        return next((one for one in answers if one.status_code != 202), None) or self.answers[-1]

    def ask(self, path: str, member: str, tag: str | None = None, **rest: Any) -> httpx.Response:
        """A POST of the root authority's by one member."""
        headers = {"Authorization": f"Bearer {self.members[member]}"} | ({} if tag is None else {HEADER: tag})
        return self.send("POST", path, headers=headers, **rest)

    def bring(
        self, register: bytes = REGISTER, agency: int = 1, name: str = "sample.csv", **data: Any
    ) -> httpx.Response:
        """A clerk's import."""
        parts = {"type": TYPE, "mapping": MAPPING.decode()} | data
        return self.post(
            f"/agencies/{agency}/imports",
            Role.CLERK,
            agency=agency,
            files={"file": (name, register)},
            data={name: value for name, value in parts.items() if value is not None},
        )

    def issue(self, register: bytes = REGISTER, agency: int = 1) -> None:
        """Import, approve, issue."""
        import_id = self.bring(register, agency).json()["import"]
        base = f"/agencies/{agency}"
        assert self.post(f"{base}/imports/{import_id}/approve", Role.REVIEWER, agency=agency).status_code == 200
        assert self.post(f"{base}/issue", Role.CLERK, agency=agency, json={"type": TYPE}).json()["issued"]

    def anchor(self, agency: int = 1) -> Any:
        return self.post(f"/agencies/{agency}/anchor", Role.OPERATOR, agency=agency).json()

    def bundle(self, number: str, agency: int = 1, **rest: Any) -> httpx.Response:
        which = {"agency": str(agency), "type": TYPE, "business_number": number} | rest
        return self.post("/bundles", Role.CLERK, agency=agency, json=which)


def register_of(*numbers: str) -> bytes:
    """A register of one person, who has several permits."""
    rows = [f"{number},{NAMES[0]},{IDENTITY_NUMBERS[0]},x,2026-01-05" for number in numbers]
    return "\n".join([REGISTER.decode().splitlines()[0], *rows, ""]).encode()


def settings_of(folder: Path, **changes: Any) -> Settings:
    return Settings(data=folder, passphrase="a passphrase for tests", **changes)  # type: ignore[arg-type]  # coerced


@cache
def _founded() -> Path:
    """An installation of two agencies, accredited for one type, closed: to be copied."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = settings_of(folder / "data")
    create_installation(settings, cost=ScryptCost(1 << 10))
    with open_installation(settings) as inst:
        found(inst)
        kind = add_type(inst, dev_samples.definition())
        for agency_id, host in HOSTS.items():
            agency = add_agency(inst, NewAgency(host, Label("机关", "Agency")))
            assert agency.agency_id == agency_id
            accredit_agency(inst, agency_id, kind.type_id)
            new_key(inst, agency)
        now = datetime.now(UTC)
        make_trust_pack(inst, expires=now + timedelta(days=9), root_expires=now + timedelta(days=90))
    return settings.data


@contextmanager
def opened(folder: Path, **changes: Any) -> Iterator[Installation]:
    """A founded installation of one's own in ``folder``."""
    shutil.copytree(_founded(), folder / "data")
    with open_installation(settings_of(folder / "data", **changes)) as inst:
        yield inst


@contextmanager
def serving(inst: Installation) -> Iterator[Client]:
    """A client of an application over ``inst``, with a token for every role of both agencies."""
    path = inst.settings.tokens_path
    tokens = {
        (agency, role): add_token(path, agency, role, f"{role.value}-{agency}", created=1)
        for agency in HOSTS
        for role in AGENCY_ROLES
    }
    members = {
        name: add_token(path, ROOT_AUTHORITY, Role.MEMBER, name, created=1) for name in ("root-1", "root-2", "root-3")
    }
    tokens[ROOT_AUTHORITY, Role.MEMBER] = members["root-1"]
    with Client(create_app(inst, tokens=Tokens(path), background=False), tokens, members) as client:
        yield client
