"""Command lines of tests: as they are run, and as a failing seed is run again with waves."""

import pathlib
import re
import subprocess

import yaml

# Cycles of a waveform whose end no failure sets.
WAVE_CYCLES = 20000
HART_OF_A_FAULT = re.compile(r"node \((\d+),(\d+)\) hart \d")


class CommandError(Exception):
    """A test names what is not there; the message is one line."""


class Commands:
    """Makes command lines for the programs of one build folder."""

    def __init__(self, root, build):
        self.dojo = build / "bin/dojo"
        self._root = root
        self._firmware = build / "firmware"
        self._options = {}

    def program_of(self, test):
        """The ELF that a test runs, or None for another command of dojo."""
        if not test.program[0].endswith(".elf"):
            return None
        return self._firmware / test.program[0]

    def read_files(self, test):
        """What a test's result depends on beside its command line; raises CommandError."""
        elf = self.program_of(test)
        files = [self.dojo, *([elf] if elf else sorted(self._firmware.glob("*.elf")))]
        if "file" in test.machine:
            files.append(self._root / test.machine["file"])
        for path in files:
            if not path.is_file():
                raise CommandError(f"{test.place}: there is no {path} (scripts/test builds all programs)")
        return files

    def _words(self, test):
        elf = self.program_of(test)
        return [str(self.dojo), *(["run", str(elf)] if elf else test.program[:1]), *test.program[1:]]

    def _supported(self, test):
        """The options that the test's command has."""
        words = self._words(test)[1:]
        plain = [word for word in (["run"] if words[0] == "run" else words[:2]) if not word.startswith("-")]
        # `dojo ttp` has no subcommands, `dojo train` takes a name.
        command = tuple(plain if plain[0] == "bench" else plain[:1])
        if command not in self._options:
            shown = subprocess.run([self.dojo, *command, "--help"], capture_output=True, text=True, check=False)
            self._options[command] = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown.stdout))
        return self._options[command]

    def _machine(self, test, backend=None):
        words = []
        for key, value in test.machine.items():
            if key == "backend" and backend:
                continue
            option = "--machine" if key == "file" else f"--{key.replace('_', '-')}"
            value = str(self._root / value) if key == "file" else value
            words += [option, value] if value else [option]
        return [*words, *(["--backend", backend] if backend else [])]

    def _on_model(self, test):
        backend = test.machine.get("backend")
        if backend is None and "file" in test.machine:
            backend = yaml.safe_load((self._root / test.machine["file"]).read_text()).get("backend")
        return backend == "model"

    def threads(self, test):
        """Threads of its simulation: one, unless the list says another number."""
        return int(test.machine.get("threads", 1))

    def run(self, test, seed, results):
        """The test with one seed; its results go as JSON to the file `results`."""
        words = [*self._words(test), *self._machine(test)]
        if "threads" not in test.machine and "--threads" in self._supported(test):
            words += ["--threads", "1"]
        if test.max_cycles is not None:
            words += ["--max-cycles", str(test.max_cycles)]
        return [*words, "--seed", str(seed), "--json", str(results)]

    def with_waves(self, test, seed, measurement, file):
        """The same with waves in `file` and without snapshots; the command that has no waves: without them."""
        words = self._without_snapshots(self._words(test))
        limit = [] if test.max_cycles is None else ["--max-cycles", str(test.max_cycles)]
        if "--wave" not in self._supported(test):
            return [*words, *self._machine(test), *limit, "--seed", str(seed)]

        # Failures of the RTL that end a run are recorded where they happen; of others nobody knows where.
        on_model = self._on_model(test)
        at_failure = not on_model and measurement.exit_code > 0
        wave = ["--wave", "on-fail"]
        if not at_failure:
            last = WAVE_CYCLES
            if measurement.cycles is not None:
                last = min(last, measurement.cycles)
            else:
                limit = ["--max-cycles", str(min(last + 1, test.max_cycles or last + 1))]
            wave = ["--wave", f"0:{last}"]
        node = HART_OF_A_FAULT.search(measurement.message)
        wave += ["--wave-node", f"{node[1]},{node[2]}"] if node else []
        return [*words, *self._machine(test, "rtl" if on_model else None), *limit, "--seed", str(seed), *wave, "--wave-file", str(file)]

    @staticmethod
    def _without_snapshots(words):
        kept, skip = [], False
        for word in words:
            name, _, value = word.partition("=")
            snapshots = name in ("--snapshot-every", "--snapshot-dir", "--resume")
            if not skip and not snapshots:
                kept.append(word)
            skip = snapshots and not value
        return kept


def wave_file(output, list_name, test, seed):
    return pathlib.Path(output) / "waves" / f"{list_name}.{test.name}.seed{seed}.fst"
