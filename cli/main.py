"""The program ``onceledger``: all commands, put together."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli import (
    accreditations,
    agencies,
    anchoring,
    bundles,
    changes,
    exporting,
    finding,
    founding,
    issuing,
    keys,
    overview,
    serving,
    status_packs,
    tokens,
    trust_packs,
    types,
    verifying,
)
from cli.door import DataOption, JsonOption, LanguageOption, ProgressOption, group

app = group(
    "Submit once, prove everywhere: certificates that anybody can check without asking the issuer.\n\n"
    "一次提交，处处可证：任何人无需询问签发机关即可核验的证照。"
)

_IN_ORDER = (
    founding, agencies, types, accreditations, keys, issuing, anchoring, finding, changes, bundles, trust_packs,
    status_packs, verifying, overview, serving, tokens, exporting,
)  # fmt: skip
for _module in _IN_ORDER:
    _module.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            sys.stdout.write(f"onceledger {version('onceledger')}\n")
        except PackageNotFoundError:
            sys.stdout.write("onceledger, not installed\n")
        raise typer.Exit


@app.callback(epilog="Example 示例: onceledger init, then onceledger status says what to do next.")
def options(
    context: typer.Context,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
    data: DataOption = None,
    progress: ProgressOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version. 显示版本。")
    ] = False,
) -> None:
    """Submit once, prove everywhere: certificates that anybody can check without asking the issuer.

    一次提交，处处可证：任何人无需询问签发机关即可核验的证照。
    """
    context.obj = {"as_json": as_json, "lang": lang, "data": data, "progress": progress}


def main() -> None:
    """Entry point."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese gets question marks rather than a traceback.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    app(prog_name="onceledger")
