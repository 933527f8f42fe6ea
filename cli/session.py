"""What a command is given besides its arguments: language, form of the answer, and the installation when it asks.

A command prints sentences and tables with ``say`` and ``table`` and ends with ``answer``. With ``--json`` only the
answer appears, as one JSON document on standard output; everything for eyes is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Language, choose, sentence
from cli.printable import json_text, printable
from ledger.errors import Misconfigured
from ledger.label import Label

_LONGEST: Final = 4_000
"""Characters of a sentence's part that are shown."""

_WIDE: Final = 1_000
"""Columns where no terminal is: what goes into a file or another program is not folded."""

if TYPE_CHECKING:
    from rich.console import Console

    from adapters.bootstrap import Installation
    from adapters.settings import Settings


@dataclass
class Session:
    """One run of one command. ``progress`` forces bars on or off; None shows them on a terminal."""

    as_json: bool = False
    given_language: Language | None = None
    data: Path | None = None
    progress: bool | None = None
    verifying: bool = False

    @property
    def language(self) -> Language:
        """The language asked for, else that of the settings, else Chinese (also when the settings are unusable: what
        is wrong with them has to be said in some language). With ``--json`` answers come in both, and settings are not
        read for this alone."""
        if self.given_language is not None:
            return self.given_language
        if self.as_json and "settings" not in vars(self):
            return DEFAULT_LANGUAGE
        try:
            return "en" if self.settings.language == "en" else "zh"
        except Misconfigured:
            return DEFAULT_LANGUAGE

    @cached_property
    def settings(self) -> Settings:
        """The settings, with this run's own options. Raises Misconfigured ``settings.malformed``."""
        from adapters.settings import read_settings

        return read_settings(data=self.data, language=self.given_language)

    @cached_property
    def out(self) -> Console:
        """Where answers go."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Where progress and problems go."""
        return _console(stderr=True)

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """The installation of the data folder, open for the block. Raises like ``adapters.bootstrap``."""
        settings = self.settings
        with ExitStack() as stack:
            with self.working("working.open"):
                from adapters.bootstrap import open_installation

                inst = stack.enter_context(open_installation(settings))
            yield inst

    def warn_of_exposure(self) -> None:
        """Say when others may read the passphrase's file. It is no error: container platforms mount secrets so."""
        exposed = self.settings.exposed_passphrase_file
        if exposed is not None:
            self.note("passphrase.exposed", name=str(exposed))

    def text(self, message_id: str, **values: Any) -> str:
        """A sentence of the catalogue in this run's language; texts that go in lose their control characters."""
        cleaned = {
            name: printable(value, _LONGEST) if isinstance(value, str) else value for name, value in values.items()
        }
        return sentence(message_id, self.language, **cleaned)

    def label(self, label: Label) -> str:
        """A label in this run's language."""
        return choose(label, self.language)

    def say(self, message_id: str, style: str | None = None, **values: Any) -> None:
        """A sentence on standard output; nothing with ``--json``."""
        if not self.as_json:
            self.out.print(self.text(message_id, **values), style=style, soft_wrap=True)

    def note(self, message_id: str, **values: Any) -> None:
        """A sentence on standard error, for instance what the program waits for; nothing with ``--json``."""
        if not self.as_json:
            self.err.print(self.text(message_id, **values), style="dim", soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
        """A table; ``columns`` and ``title`` are ids of the catalogue. Cells are cleaned."""
        if self.as_json or not rows:
            return
        from cli.tables import table

        self.out.print(table([self.text(one) for one in columns], rows, title and self.text(title)), "")

    def answer(self, payload: dict[str, Any], *, next_step: str | None = None, **values: Any) -> None:
        """End of a command: the machine's answer with ``--json``, else the one line that says what to do next."""
        if self.as_json:
            following: dict[str, Any] = {}
            if next_step is not None:
                following["next"] = {one: sentence(next_step, one, **values) for one in LANGUAGES}
            sys.stdout.write(json_text({**payload, **following}) + "\n")
        elif next_step is not None:
            self.out.print(f"→ {self.text(next_step, **values)}", style="cyan", soft_wrap=True)

    @contextmanager
    def counting(self, message_id: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error; yields what to call with each number of things done."""
        from cli.progress import counting

        with counting(self.err, self.text(message_id), total, self._shows_progress) as advance:
            yield advance

    @contextmanager
    def working(self, message_id: str) -> Iterator[None]:
        """A moving bar for work whose length nobody knows."""
        from cli.progress import counting

        with counting(self.err, self.text(message_id), None, self._shows_progress, counted=False):
            yield

    @property
    def _shows_progress(self) -> bool:
        return sys.stderr.isatty() if self.progress is None else self.progress


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _WIDE
    return made
