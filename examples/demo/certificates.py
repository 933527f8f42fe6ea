"""A few certificates as a person reads them: one page of HTML each, in both languages, with what the verifier said."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from cli.words import WORDS
from ledger.credential_type import CredentialType
from ledger.label import Label
from ledger.type_members import field_entries
from ledger.verdict import Verification

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_STYLE: Final = """
body { font-family: "Noto Serif CJK SC", "Songti SC", SimSun, Georgia, serif; background: #eee; color: #222; }
main { max-width: 46rem; margin: 2rem auto; padding: 2.5rem 3rem; background: #fffdf6; border: 6px double #a33; }
h1 { text-align: center; color: #a33; margin: 0; letter-spacing: .2em; }
h2 { text-align: center; font-size: 1rem; font-weight: normal; margin: .3rem 0 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #e5dcc8; }
th { width: 38%; font-weight: normal; color: #666; }
small { color: #777; display: block; }
td table { margin: .2rem 0 .6rem; border: 1px solid #e5dcc8; }
td { overflow-wrap: anywhere; }
@media (max-width: 40rem) {  /* a phone: the label above its value, so that what is nested has the whole width */
  main { margin: .5rem; padding: 1.5rem 1rem; }
  th, td { display: block; width: auto; }
  th { border-bottom: 0; padding-bottom: 0; }
}
.verdict { margin-top: 2rem; font-size: .85rem; }
.passed td:first-child { color: #287a3c; }
.failed td:first-child, .cannot td:first-child { color: #a33; }
"""


def write_certificate(
    path: Path, kind: CredentialType, issuer: Label, bundle: bytes, verification: Verification, source: str
) -> None:
    """Write the page. ``source`` is where the bundle itself lies, relative to the page."""
    credential = json.loads(bundle)["credential"]
    subject = credential["credentialSubject"]
    entries = field_entries(kind)
    order = [member.name for entry in entries for member in entry.members]
    rows = [_row(kind, order, entry.name, subject[entry.name]) for entry in entries if entry.name in subject]
    dates = [
        ("生效", "Valid from", day_or_moment(credential["validFrom"])),
        ("截止", "Valid until", day_or_moment(credential.get("validUntil", "长期 no end"), is_end=True)),
        ("编号", "Identifier", credential["id"]),
    ]
    rows += [_cells(Label(zh, en), escape(value)) for zh, en, value in dates]
    checks = "".join(
        f'<tr class="{found.outcome.value.split()[0]}"><td>{escape(_both("outcome", found.outcome.name))}</td>'
        f"<td>{found.check.step}. {escape(found.check.zh)} <small>{escape(found.check.en)}</small></td>"
        f"<td>{escape(found.zh)} <small>{escape(found.en)}</small></td></tr>"
        for found in verification.findings
    )
    path.write_text(
        f"""<!doctype html>
<html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(kind.label.zh)} · {escape(kind.label.en)}</title>
<style>{_STYLE}</style>
<main>
<h1>{escape(kind.label.zh)}</h1>
<h2>{escape(kind.label.en)}<br>{escape(issuer.zh)} · {escape(issuer.en)}</h2>
<table>{"".join(rows)}</table>
<div class="verdict"><p>核验结果 · Verified: <b>{escape(_both("result", verification.result.name))}</b>
(<a href="{escape(source)}">{escape(source)}</a>)</p><table>{checks}</table></div>
</main></html>
""",
        encoding="utf-8",
    )


def day_or_moment(text: str, *, is_end: bool = False) -> str:
    """A date of validity as people read it: the day where it begins with one, or ends with one; else the time too."""
    if not _MOMENT.fullmatch(text):
        return text
    day, clock, zone = text[:10], text[11:19], text[19:].lstrip(".0123456789")
    if clock == ("23:59:59" if is_end else "00:00:00"):
        return day
    return f"{day} {clock} UTC{'' if zone == 'Z' else zone}"


def _both(area: str, name: str) -> str:
    """A word of a verdict in both languages."""
    word = WORDS[f"{area}.{name.lower()}"]
    return f"{word.zh} · {word.en}"


def _row(kind: CredentialType, order: Sequence[str], name: str, value: Any) -> str:
    return _cells(kind.fields[name].label, _shown(kind, order, name, value))


def _cells(label: Label, shown: str) -> str:
    return f"<tr><th>{escape(label.zh)}<small>{escape(label.en)}</small></th><td>{shown}</td></tr>"


def _shown(kind: CredentialType, order: Sequence[str], name: str, value: Any) -> str:
    """A claim as HTML: lists and objects as tables, codes with their meaning."""
    if isinstance(value, list):
        return "".join(f"<div>{_shown(kind, order, name, one)}</div>" for one in value)
    if isinstance(value, dict):
        rows = (_row(kind, order, below, value[below]) for below in sorted(value, key=order.index))
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    text = escape(str(value))
    meaning = kind.fields[name].values.get(str(value))
    if meaning is None or str(value) == meaning.zh:
        return text
    return f"{text} · {escape(meaning.zh)} <small>{escape(meaning.en)}</small>"
