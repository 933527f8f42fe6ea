"""Every relative link of every page leads somewhere: to a file that is there, and to a heading that is there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(path for path in (ROOT / "examples").rglob("*.md")),
    ]
)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Where a page points to within the repository; code is no text."""
    text = re.sub(r"`[^`\n]*`", "", _FENCED.sub("", page.read_text("utf-8")))
    return [one for one in _LINK.findall(text) if not re.match(r"[a-z]+:", one)]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {slug(one) for one in headings}


def slug(heading: str) -> str:
    """Lower case, without punctuation, with hyphens for spaces."""
    kept = (one for one in heading.strip().lower() if one in " -_" or unicodedata.category(one)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_resolve(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_links_were_found() -> None:
    assert len(PAGES) > 30
    assert sum(len(links(page)) for page in PAGES) > 200


def test_every_page_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in links(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            waiting += [target] if target.suffix == ".md" else []
            waiting += sorted(target.glob("*.md")) if target.is_dir() else []
    lost = [page.relative_to(ROOT).as_posix() for page in PAGES if page not in seen]
    assert [one for one in lost if not one.startswith(("CHANGELOG", "examples/"))] == []


def test_slugs_are_github_s() -> None:
    assert slug("The trust argument") == "the-trust-argument"
    assert slug("`mapping` · 映射 · mapping") == "mapping--映射--mapping"
    assert slug("A date, or what?") == "a-date-or-what"


def test_decisions_are_indexed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = [link for link in links(folder / "README.md") if "/" not in link]
    assert sorted(listed) == sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
