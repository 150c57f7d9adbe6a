"""What a measurement means for a test: passed, failed, or failed as expected."""

import dataclasses

PASSED = "passed"
FAILED = "failed"
EXPECTED = "failed as expected"
UNEXPECTED = "passed unexpectedly"
BROKEN = "could not run"
GOOD = (PASSED, EXPECTED)


@dataclasses.dataclass
class Verdict:
    """`outcome` is one of the above; `why` is empty for what has passed; deviation is a share of the golden cycles."""

    outcome: str
    why: str = ""
    golden: int | None = None
    deviation: float | None = None

    @property
    def good(self):
        return self.outcome in GOOD


def _failure(test, measurement, golden, deviation):
    """Why the run is a failure, or None."""
    if measurement.timed_out:
        return f"no end within {test.timeout:g} s"
    if measurement.exit_code != 0:
        end = f"exit code {measurement.exit_code}" if measurement.exit_code > 0 else f"ended by signal {-measurement.exit_code}"
        return f"{end}: {measurement.message}" if measurement.message else end
    if golden is None:
        return None
    if measurement.cycles is None:
        return "its results have no cycles"
    if abs(deviation) > test.tolerance:
        return f"{measurement.cycles} cycles instead of {golden} ({100 * deviation:+.1f} %, allowed are {100 * test.tolerance:g} %)"
    return None


def judge(test, seed, measurement):
    golden = test.cycles.of(seed) if test.cycles else None
    deviation = None
    if golden is not None and measurement.cycles is not None:
        deviation = (measurement.cycles - golden) / golden
    why = _failure(test, measurement, golden, deviation)
    expected = test.expected_failure
    if expected is None or (expected.seeds is not None and seed not in expected.seeds):
        outcome = PASSED if why is None else BROKEN if measurement.bad_input else FAILED
        return Verdict(outcome, why or "", golden, deviation)

    if why is None:
        return Verdict(UNEXPECTED, f"it passes, but was expected to fail: {expected.reason}", golden, deviation)
    if measurement.bad_input and expected.exit_code != measurement.exit_code:
        return Verdict(BROKEN, why, golden, deviation)
    if expected.exit_code is not None and expected.exit_code != measurement.exit_code:
        return Verdict(FAILED, f"{why} (expected was exit code {expected.exit_code}: {expected.reason})", golden, deviation)
    if expected.message is not None and expected.message not in f"{why}\n{measurement.output}":
        return Verdict(FAILED, f"{why} (expected was '{expected.message}': {expected.reason})", golden, deviation)
    return Verdict(EXPECTED, f"{expected.reason} ({why})", golden, deviation)
