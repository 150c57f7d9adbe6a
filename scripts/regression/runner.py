"""Runs jobs side by side, each in a folder and a process group of its own, within its time."""

import dataclasses
import json
import os
import pathlib
import selectors
import shutil
import signal
import subprocess
import time

# Of what a program wrote, this much of the end is kept.
OUTPUT_BYTES = 4000
# Exit code of `dojo` for what it cannot do at all, such as an unknown option.
BAD_INPUT = 2


@dataclasses.dataclass
class Job:
    """One seed of one test."""

    name: str  # LIST/TEST/SEED
    command: list[str]
    folder: pathlib.Path  # for its output
    results: pathlib.Path  # JSON that the program writes
    timeout: float  # seconds
    slots: int  # cores that it keeps busy


@dataclasses.dataclass
class Measurement:
    """What a run did, without any judgement of it."""

    exit_code: int  # below 0: ended by that signal
    timed_out: bool
    seconds: float
    cycles: int | None  # `cycles` of its results
    message: str  # last line on standard error
    output: str  # the end of all that it wrote

    @property
    def bad_input(self):
        """dojo refused the command line or its files; a program's own exit code comes without such a line."""
        return self.exit_code == BAD_INPUT and self.message.startswith("dojo: ")


class _Running:
    """A job whose process runs."""

    def __init__(self, job):
        self.job = job
        shutil.rmtree(job.folder, ignore_errors=True)
        job.folder.mkdir(parents=True)
        self._start = time.monotonic()
        with (job.folder / "output").open("wb") as output, (job.folder / "errors").open("wb") as errors:
            self._process = subprocess.Popen(
                job.command, cwd=job.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )
        self.descriptor = os.pidfd_open(self._process.pid)

    def time_left(self):
        return max(0.0, self._start + self.job.timeout - time.monotonic())

    def kill(self):
        """Ends the process and what it has started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def measurement(self):
        timed_out = self._process.poll() is None
        seconds = time.monotonic() - self._start
        self.kill()
        os.close(self.descriptor)
        errors = self._end_of("errors")
        return Measurement(
            exit_code=self._process.returncode,
            timed_out=timed_out,
            seconds=round(seconds, 3),
            cycles=self._cycles(),
            message=(errors.strip().splitlines() or [""])[-1],
            output=self._end_of("output") + errors,
        )

    def _end_of(self, name):
        with (self.job.folder / name).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - OUTPUT_BYTES))
            return file.read().decode(errors="replace")

    def _cycles(self):
        try:
            cycles = json.loads(self.job.results.read_text())["cycles"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cycles if isinstance(cycles, int) and not isinstance(cycles, bool) else None


def run(jobs, slots, begun):
    """Yields (job, Measurement) as the jobs end; `begun(job)` is called when one starts. Closed early, it ends all that runs."""
    waiting, running, free = list(jobs), {}, slots
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or running:
                # The first job that fits; one that never fits has all cores for itself.
                for job in list(waiting):
                    needed = min(job.slots, slots)
                    if needed <= free:
                        waiting.remove(job)
                        begun(job)
                        process = _Running(job)
                        running[process.descriptor] = process
                        selector.register(process.descriptor, selectors.EVENT_READ)
                        free -= needed
                ended = {key.fd for key, _ in selector.select(min(process.time_left() for process in running.values()))}
                ended |= {descriptor for descriptor, process in running.items() if process.time_left() == 0.0}
                for descriptor in ended:
                    selector.unregister(descriptor)
                    process = running[descriptor]
                    measurement = process.measurement()
                    del running[descriptor]
                    free += min(process.job.slots, slots)
                    yield process.job, measurement
        finally:
            for process in running.values():
                process.kill()
