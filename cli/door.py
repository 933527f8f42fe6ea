"""What all commands have in common: ``--json``, ``--lang``, ``--data``, ``--progress``, and how they end.

    @command(app, "approve", example="onceledger approve 1 --reviewer wang")
    def approve(session: Session, import_id: …) -> int | None: …

The function gets a ``Session`` where Typer's users see four options, and returns an exit code or None. They may stand
before the command, too (``cli.main``); those after it count more. Errors end here: nothing of Python's own reaches a
person unless it is a mistake of ours.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.outputs import environment_error
from cli.problems import INTERRUPTED, report, report_unexpected, report_usage
from cli.session import Session
from cli.usage import explain_usage
from ledger.errors import OnceledgerError

_Function = TypeVar("_Function", bound=Callable[..., "int | None"])
PROGRAM: Final = "onceledger"
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]|--[a-z]+ [\u4e00-\u9fff]")
_PANEL: Final = "Common options 通用选项"

GOVERNING: Final = "Who may issue what 授权管理"
ISSUING: Final = "Issue and anchor 签发与存证"
CHANGING: Final = "Change and correct 变更与更正"
PROVING: Final = "Prove and verify 证明与核验"
RUNNING: Final = "Run 运行"
"""Headings in the list of all commands."""


class LanguageChoice(StrEnum):
    """Languages of messages."""

    ZH = "zh"
    EN = "en"


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Answer in JSON on standard output. 以 JSON 输出。", rich_help_panel=_PANEL),
]
LanguageOption = Annotated[
    LanguageChoice | None,
    typer.Option("--lang", help="Language of messages (ONCELEDGER_LANGUAGE). 提示语言。", rich_help_panel=_PANEL),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data folder (ONCELEDGER_DATA). 数据文件夹。", rich_help_panel=_PANEL),
]
ProgressOption = Annotated[
    bool | None,
    typer.Option(
        "--progress/--no-progress",
        help="Progress bars; by default on a terminal. 进度条。",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_COMMON: Final[dict[str, Any]] = {
    "as_json": JsonOption,
    "lang": LanguageOption,
    "data": DataOption,
    "progress": ProgressOption,
}


def group(help_text: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(
        help=help_text,
        cls=Door,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def command(
    app: typer.Typer, name: str, *, example: str, panel: str | None = None, verifying: bool = False
) -> Callable[[_Function], _Function]:
    """Register a command. ``example`` ends its help, ``panel`` is its heading in the list of all; ``verifying`` ones
    never call their own failures *invalid*."""

    def register(function: _Function) -> _Function:
        hints = get_type_hints(function, include_extras=True)
        own = [one.replace(annotation=hints[one.name]) for one in _parameters(function)]
        for one in own:
            for info in getattr(one.annotation, "__metadata__", ()):
                # What cannot be read is told by whoever reads it, in both languages and with its cure.
                info.readable = False
        common = [
            inspect.Parameter(
                one,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if one == "as_json" else None,
                annotation=annotation,
            )
            for one, annotation in _COMMON.items()
        ]

        def run(context: typer.Context, **arguments: Any) -> int | None:
            before: dict[str, Any] = context.obj or {}
            for one in _COMMON:
                if arguments[one] is None or (one == "as_json" and not arguments[one]):
                    arguments[one] = before.get(one, arguments[one])
            language = arguments.pop("lang")
            session = Session(
                as_json=arguments.pop("as_json"),
                given_language=None if language is None else language.value,
                data=arguments.pop("data"),
                progress=arguments.pop("progress"),
                verifying=verifying,
            )
            return _ended(session, lambda: function(session, **arguments))

        run.__name__ = function.__name__
        run.__doc__ = function.__doc__
        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        run.__annotations__ = {one.name: one.annotation for one in (context, *own, *common)}
        run.__signature__ = inspect.Signature([context, *own, *common])  # type: ignore[attr-defined]  # what inspect looks at
        app.command(name, epilog=f"Example 示例: {example}", short_help=_in_brief(run.__doc__), rich_help_panel=panel)(
            run
        )
        return function

    return register


class Door(TyperGroup):
    """A group that tells of a wrong command line like of any other problem."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and leave the process with the command's exit code."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, PROGRAM, complete_var, False, windows_expand_args, **extra)
        except TyperException as error:
            shown = getattr(error, "ctx", None)
            if type(error).__name__ == "NoArgsIsHelpError":  # making it has shown the help
                sys.exit(error.exit_code)
            hint = f"{shown.command_path if shown is not None else PROGRAM} --help"
            code = report_usage(explain_usage(error), hint, _session_of(given))
        sys.exit(code or 0)


def _ended(session: Session, work: Callable[[], int | None]) -> int | None:
    try:
        return work()
    except OnceledgerError as error:
        return report(error, session)
    except KeyboardInterrupt:
        session.note("interrupted")
        return INTERRUPTED
    except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
        raise
    except Exception as error:
        ours = environment_error(error) if isinstance(error, OSError) else None
        return report_unexpected(error, session) if ours is None else report(ours, session)


def _in_brief(help_text: str | None) -> str:
    """What a command does, in few words of each language, for the list of commands. Typer alone would take the English
    paragraph."""
    paragraphs = [" ".join(one.split()) for one in (help_text or "").split("\n\n")]
    chinese = next((one for one in paragraphs if _CHINESE.match(one)), "")
    return f"{re.split('[.;:] |[.]$', paragraphs[0])[0]}. {re.split('[。；：]', chinese)[0]}。"


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The function's own, as keywords, without the session in front."""
    _, *own = inspect.signature(function).parameters.values()
    return [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]


def _session_of(given: Sequence[str]) -> Session:
    """The session that a command line was meant to have, as far as it can be told."""
    spread = [part for one in given for part in (one.split("=", 1) if one.startswith("--lang=") else [one])]
    language = next((two for one, two in pairwise(spread) if one == "--lang"), None)
    return Session(
        as_json="--json" in given,
        given_language="zh" if language == "zh" else "en" if language == "en" else None,
    )
