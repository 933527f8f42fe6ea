from __future__ import annotations

from ledger.reasons import _TABLE, CHECKS, REASONS, Outcome


def test_codes_are_unique_and_named_after_their_check() -> None:
    assert len(REASONS) == len(_TABLE)
    for reason in _TABLE:
        assert reason.code.partition(".")[0] == reason.check.name


def test_every_check_can_pass_or_say_that_it_does_not_apply() -> None:
    for check in CHECKS:
        outcomes = {reason.outcome for reason in _TABLE if reason.check is check}
        assert outcomes & {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    assert [check.step for check in CHECKS] == list(range(11))


def test_what_is_not_passed_says_what_to_do_in_both_languages() -> None:
    for reason in _TABLE:
        assert reason.zh.endswith("。")
        assert reason.en.endswith(".")
        assert bool(reason.cure_zh) == bool(reason.cure_en)
        if reason.outcome in (Outcome.FAILED, Outcome.CANNOT_CHECK):
            assert reason.cure_en, reason.code
