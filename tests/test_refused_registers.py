"""A register that is refused says why, and a dry run says that it would be."""

from __future__ import annotations

import json
from pathlib import Path

from api_client import Client
from cli_office import Files
from refusals import unharmed
from test_bad_input_registers import bring, client, files, inst, line, mapping, permits, rows

__all__ = ["client", "files", "inst", "mapping"]  # fixtures


def test_a_refused_register_says_why(files: Files, mapping: Path, tmp_path: Path) -> None:
    content, report = rows("W-1,张三", "W-2," + "长" * 11, "W-3," + "长" * 12, "W-1,李四"), tmp_path / "report.json"
    with unharmed(files.data):
        told = bring(files, mapping, content, "--json", "--report", str(report))
        assert (told.code, told.problem["code"]) == (1, "import.too-many-bad-rows")
        assert "fullName: maxLength ×2; number: duplicate-business-number ×1" in told.problem["detail"]
        assert "fullName: maxLength ×2、number: duplicate-business-number ×1" in told.problem["zh"]["detail"]
        assert "--" not in told.problem["cure"] + told.problem["zh"]["cure"]
        assert [one["row"] for one in json.loads(report.read_bytes())["findings"]] == [3, 4, 5]
        for limit in (("--max-bad-rows", "0"), ()):
            dry = bring(files, mapping, content, "--dry-run", "--json", *limit)
            assert (dry.code, dry.json["wouldStop"], dry.json["refused"]) == (0, True, 3)
            assert "--max-bad-percent" in dry.json["next"]["en"]
        assert "would be refused" in bring(files, mapping, content, "--dry-run").out
    kept = bring(files, mapping, content, "--dry-run", "--max-bad-percent", "100", "--json")
    assert kept.json["wouldStop"] is False


def test_a_dry_run_over_http_says_that_the_import_would_stop(client: Client) -> None:
    twice = permits(line("DRY-1"), line("DRY-1", day="2026-01-06"))
    told = client.bring(twice, dry_run="true")
    assert (told.status_code, told.json()["would_stop"], told.json()["refused"]) == (200, True, 1)
    assert client.bring(twice, dry_run="true", max_bad_percent="50").json()["would_stop"] is False
