"""``docs/glossary.md`` has the words of checks, commands, states and roles, and the software keeps to its words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from test_cli import ALL

from api.tokens import Role
from cli.words import WORDS
from ledger.reasons import CHECKS, Check

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "glossary.md").read_text("utf-8")
SPOKEN: Final = ("ledger/reasons.py", "cli/*.py", "api/*.py", "offices/**/*.py", "issuers/*.py", "docs/*.md")
"""Where Chinese for people stands."""


class Term(NamedTuple):
    """A row of the first tables."""

    zh: str
    en: str
    where: str
    avoided: tuple[str, ...]


def terms() -> list[Term]:
    product = PAGE.partition("## Words of government services")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \| ([^|]*)\|$", product, re.MULTILINE)
    return [Term(zh, en, where, tuple(avoided.split())) for zh, en, where, avoided in rows if zh not in ("中文", "---")]


TERMS: Final = terms()


def spoken() -> dict[str, str]:
    """Chinese by file, the glossary apart."""
    files = {path for pattern in SPOKEN for path in ROOT.glob(pattern)} - {ROOT / "docs" / "glossary.md"}
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(files)}


def test_terms_are_there_once_in_both_languages() -> None:
    assert len(TERMS) > 70
    assert PAGE.count("\n| ") > len(TERMS)
    names = [one.zh for one in TERMS]
    assert len(set(names)) == len(names)
    for one in TERMS:
        assert re.search(r"[一-鿿]", one.zh), one
        assert re.search(r"[A-Za-z]", one.en), one
        assert not re.search(r"[一-鿿]", one.en), one


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_has_its_row(check: Check) -> None:
    assert [one for one in TERMS if one.zh == check.zh and f"check `{check.name}`" in one.where], check


@pytest.mark.parametrize("command", sorted({path[0] for path, _ in ALL}))
def test_every_command_has_its_row(command: str) -> None:
    assert [one for one in TERMS if re.search(rf"`{command}(?: [a-z-]+)?`", one.where)], command


def test_every_role_state_and_answer_has_its_row() -> None:
    for role in Role:
        assert f"role `{role.value}`" in PAGE
    named = {re.sub("^已被?", "", label.zh) for key, label in WORDS.items() if key.startswith(("state.", "result."))}
    named |= {label.zh for key, label in WORDS.items() if key.startswith("outcome.") and key != "outcome.not_made"}
    lacking = named - {one.zh for one in TERMS}
    assert lacking == set()


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.zh)
def test_every_term_is_in_use(term: Term) -> None:
    assert any(term.zh in text for text in spoken().values()), f"nothing says {term.zh}: remove its row or use it"


def strays(text: str) -> list[str]:
    """Words that the glossary avoids. Terms are taken out first: 验证节点 is one, although 验证 is no word for 核验."""
    for term in sorted((one.zh for one in TERMS), key=len, reverse=True):
        text = text.replace(term, "□")
    return [f"{word}, where {one.zh} is the word" for one in TERMS for word in one.avoided if word in text]


def test_no_word_is_used_that_the_glossary_avoids() -> None:
    assert sum(len(one.avoided) for one in TERMS) > 25
    assert [f"{file}: {one}" for file, text in spoken().items() for one in strays(text)] == []


def test_a_stray_word_is_found_and_a_term_is_none() -> None:
    assert strays("该证照已撤销。") == ["撤销, where 吊销 is the word"]
    assert strays("证照由验证节点作共识签名") == []


def test_one_word_for_each_change_of_state() -> None:
    """The English verb of a command and the Chinese of its state belong together, wherever both are told."""
    pairs = {"revoke": "吊销", "hold": "暂停", "resume": "恢复", "void": "作废", "supersede": "取代", "verify": "核验"}
    for command, zh in pairs.items():
        assert [one for one in TERMS if one.zh == zh and f"`{command}`" in one.where], command
    assert WORDS["state.revoked"].zh == "已吊销"
    assert WORDS["state.held"].zh == "已暂停"
    assert WORDS["state.superseded"].zh == "已被取代"
    assert WORDS["state.void"].zh == "已作废"
