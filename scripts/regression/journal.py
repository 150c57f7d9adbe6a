"""Measurements of a run that was interrupted, by job and by what they depend on, so that the next one goes on from there."""

import dataclasses
import functools
import hashlib
import json

from . import runner


@functools.cache
def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fingerprint(job, files):
    """Changes when the command, its time or the content of a file does on which the result depends."""
    text = json.dumps([job.command, job.timeout, [[str(path), _digest(path)] for path in files]])
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """One line of JSON for each job that has ended, written at once."""

    def __init__(self, path):
        self._path = path
        self._entries = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                entry = json.loads(line)
                self._entries[entry["job"]] = (entry["fingerprint"], runner.Measurement(**entry["measurement"]))
            except (ValueError, KeyError, TypeError):
                # The stop came while this line was written; its job runs again.
                continue

    def find(self, job, mark):
        """The measurement of a job of that fingerprint, or None."""
        found, measurement = self._entries.get(job.name, (None, None))
        return measurement if found == mark else None

    def add(self, job, mark, measurement):
        self._entries[job.name] = (mark, measurement)
        with self._path.open("a") as file:
            file.write(self._line(job.name))

    def forget(self, names):
        """The run with these jobs is complete: the next one begins anew."""
        for name in names:
            self._entries.pop(name, None)
        whole = self._path.with_suffix(".new")
        whole.write_text("".join(map(self._line, self._entries)))
        whole.replace(self._path)

    def _line(self, name):
        mark, measurement = self._entries[name]
        return json.dumps({"job": name, "fingerprint": mark, "measurement": dataclasses.asdict(measurement)}) + "\n"
