#!/usr/bin/python3
"""regress_test.py ROOT BUILD: scripts/regress with a program that does what it is told, and with the real one in BUILD."""

import contextlib
import html.parser
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv.pop(1))
BUILD = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "scripts"))

from regression import test_list  # noqa: E402

loader = importlib.machinery.SourceFileLoader("regress", str(ROOT / "scripts/regress"))
regress = importlib.util.module_from_spec(importlib.util.spec_from_loader("regress", loader))
loader.exec_module(regress)


class Table(html.parser.HTMLParser):
    """Keys of the cells of the report's rows, and all that the page refers to."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.references = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.references += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "tr":
            self.rows.append([])
        if tag == "td" and "data-key" in attributes:
            self.rows[-1].append(attributes["data-key"])


class Regress(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.output = self.folder / "output"
        self.list = self.folder / "some.yaml"
        for name in ("bin", "firmware"):
            (self.folder / name).mkdir()
        self.dojo = self.folder / "bin/dojo"
        shutil.copy(ROOT / "tests/regress/fake_dojo.py", self.dojo)

    def command(self, *options, build=None):
        return [ROOT / "scripts/regress", self.list, "--build", build or self.folder, "--output", self.output, *options]

    def run_list(self, text, *options, build=None):
        """Runs the list without the time that a process of Python needs to start."""
        if text is not None:
            self.list.write_text(text)
        command = [str(word) for word in self.command(*options, build=build)]
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors), unittest.mock.patch("sys.argv", command):
            try:
                code = regress.main()
            except SystemExit as end:
                code = end.code
        return subprocess.CompletedProcess(command, code, output.getvalue(), errors.getvalue())

    def runs(self):
        """What was run since the last call."""
        path = self.folder / "runs"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def check_child_ends(self):
        """The process that the program has left behind was ended, too."""
        program = pathlib.Path("/proc", (self.folder / "child").read_text(), "exe")
        end = time.monotonic() + 20
        while program.exists() and time.monotonic() < end:
            time.sleep(0.02)
        self.assertFalse(program.exists(), "a process goes on")

    def cases(self):
        """{name of the test and seed: kind of the case} of the JUnit file."""
        cases = xml.parse(self.output / "junit.xml").getroot().findall("testsuite/testcase")
        return {f"{case.get('classname')} {case.get('name')}": case[0].tag if len(case) else "passed" for case in cases}


class Verdicts(Regress):
    def test_cycles_against_golden_ones(self):
        result = self.run_list(
            "tests:\n"
            "  - {name: same, program: bench x --cycles 100, cycles: 100}\n"
            "  - {name: edge, program: bench x --cycles 102, cycles: 100}\n"
            "  - {name: slow, program: bench x --cycles 103, cycles: 100}\n"
            "  - {name: fast, program: bench x --cycles 97, cycles: 100}\n"
            "  - {name: wide, program: bench x --cycles 97, cycles: 100, tolerance: 3 %}\n"
            "  - {name: seeds, program: bench x --cycles 100 --per-seed 10, seeds: 1-3, cycles: {1: 110, 3: 100}}\n"
            "  - {name: none, program: bench x, cycles: 100}\n"
            "  - {name: any, program: bench x --cycles 5}\n"
        )
        self.assertEqual(result.returncode, 1, result.stderr)
        failing = {name for name, kind in self.cases().items() if kind == "failure"}
        self.assertEqual(failing, {"some.slow seed 1", "some.fast seed 1", "some.seeds seed 3", "some.none seed 1"})
        self.assertEqual(len(self.cases()), 10)
        self.assertIn("103 cycles instead of 100 (+3.0 %, allowed are 2 %)", result.stdout)
        self.assertIn("97 cycles instead of 100 (-3.0 %, allowed are 2 %)", result.stdout)
        self.assertIn("its results have no cycles", result.stdout)
        self.assertEqual(result.stdout.splitlines()[-2], "4 failed, 6 passed")

    def test_expected_failures(self):
        result = self.run_list(
            "tests:\n"
            "  - {name: told, program: bench x --exit 1 --say 'a bug', expected_failure: {reason: R, message: bug, exit_code: 1}}\n"
            "  - {name: any, program: bench x --exit 7, expected_failure: {reason: R}}\n"
            "  - {name: cycles, program: bench x --cycles 120, cycles: 100, expected_failure: {reason: R, message: +20.0 %}}\n"
            "  - {name: seed, program: bench x --cycles 100 --per-seed 10, seeds: [0, 1], cycles: 100, expected_failure: {reason: R, seeds: 1}}\n"
            "  - {name: code, program: \"bench x --exit 2 --say 'dojo: no'\", expected_failure: {reason: R, exit_code: 2}}\n"
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout.splitlines()[-2], "5 failed as expected, 1 passed")
        self.assertEqual(list(self.cases().values()).count("skipped"), 5)

    def test_expected_failures_that_are_none(self):
        result = self.run_list(
            "tests:\n"
            "  - {name: passes, program: bench x, expected_failure: {reason: R}}\n"
            "  - {name: message, program: bench x --exit 1 --say other, expected_failure: {reason: R, message: bug}}\n"
            "  - {name: code, program: bench x --exit 1, expected_failure: {reason: R, exit_code: 3}}\n"
            "  - {name: refused, program: \"bench x --exit 2 --say 'dojo: no'\", expected_failure: {reason: R}}\n"
        )
        self.assertEqual(result.returncode, 1)
        self.assertEqual(set(self.cases().values()), {"failure", "error"})
        self.assertIn("PASSED UNEXPECTEDLY some/passes seed 1", result.stdout)
        self.assertEqual(result.stdout.splitlines()[-2], "1 could not run, 2 failed, 1 passed unexpectedly")

    def test_time_is_limited_for_all_processes(self):
        result = self.run_list("tests: [{name: long, program: bench x --child --sleep 60, timeout: 4}]")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no end within 4 s", result.stdout)
        self.check_child_ends()

    def test_reports(self):
        self.run_list(
            "tests:\n"
            "  - {name: a, program: bench x --cycles 103, seeds: [7, 3], cycles: 100}\n"
            "  - {name: b, program: \"bench x --exit 1 --say '<b>&\\e'\"}\n"
        )
        page = (self.output / "report.html").read_text()
        table = Table(page)
        self.assertEqual(table.references, [])
        self.assertEqual(table.rows[1][:7], ["some", "a", "7", "failed", "103", "100", "0.03"])
        self.assertEqual([row[1:3] for row in table.rows[1:]], [["a", "7"], ["a", "3"], ["b", "1"]])
        self.assertIn("&lt;b&gt;&amp;", page)
        suite = xml.parse(self.output / "junit.xml").getroot()[0]
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")), ("3", "3", "0"))
        self.assertIn("--wave 0:103", suite[0][0].text)


class Selection(Regress):
    LIST = "tests:\n  - {name: one, program: bench x --cycles 9, cycles: 9, seeds: 1-2}\n  - {name: two, program: bench y}\n"

    def test_names_and_seeds(self):
        self.assertEqual(self.run_list(self.LIST, "--name", "t*").returncode, 0)
        self.assertEqual(self.runs(), ["bench y 1 1"])
        self.assertEqual(self.run_list(self.LIST, "--seed", "5", "-n", "one").returncode, 0)
        self.assertEqual(self.runs(), ["bench x 5 1"])
        self.assertEqual(self.run_list(self.LIST, "--name", "nothing").returncode, 2)

    def test_list_runs_nothing(self):
        result = self.run_list(self.LIST, "--list")
        self.assertEqual((result.returncode, self.runs()), (0, []))
        self.assertIn(f"{self.dojo} bench x --cycles 9 --threads 1 --seed 2", result.stdout)

    def test_jobs(self):
        text = "tests: [{name: a, program: bench x --sleep 0.4, seeds: 1-5}, {name: b, program: bench y --sleep 0.1, machine: {threads: 3}}]"
        for jobs in (1, 3):
            self.assertEqual(self.run_list(text, "-j", str(jobs)).returncode, 0)
            at_once = most = 0
            for sign in (self.folder / "times").read_text():
                at_once += 1 if sign == "+" else -1
                most = max(most, at_once)
            (self.folder / "times").unlink()
            self.assertLessEqual(most, jobs)
            self.assertGreaterEqual(most, min(jobs, 2))
        self.assertIn("bench y 1 3", self.runs())


class Interruption(Regress):
    LIST = "tests: [{name: quick, program: bench x --cycles 5, seeds: 1-2, cycles: 5}, {name: slow, program: bench s --child --sleep %s}]"

    def run_list(self, text, *options, build=None):
        if text is not None:
            self.list.write_text(text)
        return subprocess.run(self.command(*options, build=build), capture_output=True, text=True, check=False)

    def interrupt(self, number):
        """Stops a run while its last test goes on; its exit code."""
        self.list.write_text(self.LIST % 60)
        (self.folder / "child").unlink(missing_ok=True)
        process = subprocess.Popen(self.command("-j", "1"), stdout=subprocess.PIPE, text=True)
        end = time.monotonic() + 30
        while not (self.folder / "child").exists() and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(number)
        self.told = process.communicate(timeout=30)[0]
        self.assertEqual(len(self.runs()), 3)
        return process.returncode

    def test_goes_on_after_a_stop(self):
        self.assertEqual(self.interrupt(signal.SIGINT), 130)
        self.assertIn("interrupted after 2 of 3 jobs", self.told)
        self.assertEqual(len(self.cases()), 2)
        self.check_child_ends()
        result = self.run_list(self.LIST % 0)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 of 3 jobs are done", result.stdout)
        self.assertEqual(self.runs(), ["bench s 1 1"])
        self.assertEqual(len(self.cases()), 3)
        self.run_list(self.LIST % 0)
        self.assertEqual(len(self.runs()), 3, "a run after a complete one begins anew")

    def test_goes_on_after_a_kill_and_a_half_line(self):
        self.assertEqual(self.interrupt(signal.SIGKILL), -signal.SIGKILL)
        os.kill(int((self.folder / "child").read_text()), signal.SIGKILL)
        journal = self.output / "interrupted.jsonl"
        journal.write_text(journal.read_text()[:-20])
        self.run_list(self.LIST % 0)
        self.assertEqual(sorted(self.runs()), ["bench s 1 1", "bench x 2 1"])

    def test_what_has_changed_runs_again(self):
        self.interrupt(signal.SIGTERM)
        journal = self.output / "interrupted.jsonl"
        done = journal.read_text()

        def runs_of(text, *options):
            journal.write_text(done)
            self.result = self.run_list(text, *options)
            return len(self.runs())

        # Golden cycles only change what is thought of the measurement.
        self.assertEqual(runs_of((self.LIST % 0).replace("cycles: 5}", "cycles: 50}")), 1)
        self.assertIn("2 failed, 1 passed", self.result.stdout)
        self.assertEqual(runs_of((self.LIST % 0).replace("seeds: 1-2", "seeds: 1-2, max_cycles: 7")), 3)
        self.assertEqual(runs_of(self.LIST % 0, "--fresh"), 3)
        (self.folder / "firmware/gemm.elf").write_text("what bench loads")
        self.assertEqual(runs_of(self.LIST % 0), 3)

    def test_one_run_at_a_time(self):
        self.list.write_text("tests: [{name: slow, program: bench s --child --sleep 60}]")
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL)
        while not (self.folder / "child").exists():
            time.sleep(0.02)
        second = self.run_list(None)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 130)
        self.assertEqual((second.returncode, len(second.stderr.splitlines())), (2, 1))
        self.assertIn("another scripts/regress uses", second.stderr)


class Golden(Regress):
    LIST = (
        "# Head.\n"
        "tests:\n"
        "  - {name: flow, program: bench x --cycles 200,   cycles: 100}   # reason\n"
        "  - name: block\n"
        "    cycles:    # to be measured\n"
        "    program: bench x --cycles 300\n"
        "  # One number serves both.\n"
        "  - {name: near, program: bench x --cycles 1000 --per-seed 1, seeds: 1-2, cycles: 7}\n"
        "  - {name: far, program: bench x --cycles 1000 --per-seed 100, seeds: 1-2, cycles: 7}\n"
        "  - {name: map, program: bench x --cycles 1000 --per-seed 100, seeds: 1-2, cycles: {1: 1100, 2: 1}, timeout: 9}\n"
        "  - {name: same, program: bench x --cycles 50, cycles: 50}\n"
        "  - {name: fails, program: bench x --cycles 60 --exit 1, cycles: 50}\n"
        "  - {name: expected, program: bench x --cycles 60, cycles: 50, expected_failure: {reason: R}}\n"
        "  - {name: nothing, program: bench x --cycles 60}\n"
        "# Foot.\n"
    )

    def test_nothing_changes_but_the_cycles(self):
        result = self.run_list(self.LIST, "--update-golden")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("flow: 100 -> 200", result.stdout)
        expected = (
            self.LIST.replace("cycles: 100}", "cycles: 200}")
            .replace("cycles:    # to", "cycles: 300    # to")
            .replace("--per-seed 1, seeds: 1-2, cycles: 7}", "--per-seed 1, seeds: 1-2, cycles: 1001}")
            .replace("cycles: 7}", "cycles: {1: 1100, 2: 1200}}")
            .replace("{1: 1100, 2: 1}", "{1: 1100, 2: 1200}")
        )
        self.assertEqual(self.list.read_text(), expected)
        self.assertEqual(self.run_list(None, "--name", "[!f]*").returncode, 0)

    def test_only_what_is_selected(self):
        self.assertEqual(self.run_list(self.LIST, "--update-golden", "--name", "flow").returncode, 0)
        self.assertEqual(self.list.read_text(), self.LIST.replace("cycles: 100}", "cycles: 200}"))

    def test_needs_golden_cycles(self):
        result = self.run_list(self.LIST)
        self.assertEqual((result.returncode, self.runs()), (2, []))
        self.assertIn("some.yaml:4:5: 'block' has no golden cycles yet", result.stderr)
        self.assertEqual(self.run_list(self.LIST, "--update-golden", "--seed", "1").returncode, 2)


class BadInput(Regress):
    def refuse(self, text, *expected):
        with self.assertRaises(test_list.ListError, msg=text) as caught:
            test_list.parse(self.list, text, "some.yaml")
        message = str(caught.exception)
        self.assertEqual(len(message.splitlines()), 1, message)
        for part in expected:
            self.assertIn(part, message)

    def refuse_key(self, entry, column, *expected):
        """An entry of this text after `- {name: a, program: bench x, `, with the error in that column of it."""
        start = "tests:\n  - {name: a, program: bench x, "
        self.refuse(f"{start}{entry}}}", f"some.yaml:2:{len(start.splitlines()[1]) + column}: ", *expected)

    def test_places_and_reasons(self):
        self.refuse("", "some.yaml:1:1: the file is empty")
        self.refuse("tests: [", "some.yaml:1:9: ")
        self.refuse("tests: \x01", "some.yaml:1:1: ")
        self.refuse("test: []", "some.yaml:1:1: unknown key 'test'; keys here are defaults, tests")
        self.refuse("tests: []", "some.yaml:1:8: the list has no tests")
        self.refuse("tests: 3", "some.yaml:1:8: expected a list of tests")
        self.refuse("tests:\n  - [a]", "some.yaml:2:5: expected keys with values")
        self.refuse("tests:\n  - {name: a}", "some.yaml:2:5: the key 'program' is missing")
        self.refuse("tests:\n  - {name: ../a, program: bench x}", "some.yaml:2:12: '../a': a name is")
        self.refuse("tests:\n  - &a {name: a, program: bench x}\n  - *a", "there is another test 'a'")
        self.refuse("defaults: {cycles: 3}\ntests: [{name: a, program: b}]", "some.yaml:1:12: unknown key 'cycles'")

    def test_keys(self):
        self.refuse_key("sedes: 3", 1, "unknown key 'sedes'; keys here are name, program, machine, seeds, cycles, tolerance")
        self.refuse_key("name: b", 1, "the key 'name' is there twice")
        self.refuse_key("<<: {seeds: 1}", 1, "unknown key '<<'")
        self.refuse_key("[a]: 3", 1, "unknown key 'a list or mapping'")
        self.refuse_key("seeds: 5-3", 8, "LAST is below FIRST")
        self.refuse_key("seeds: 0-1000000000", 8, "more than 100000 seeds")
        self.refuse_key("seeds: [1, -2]", 12, "'-2': expected a seed")
        self.refuse_key("seeds: [1, 1]", 8, "a seed is there twice")
        self.refuse_key("seeds: []", 8, "expected at least one seed")
        self.refuse_key("cycles: 1e3", 9, "'1e3': expected golden cycles, a whole number from 1")
        self.refuse_key("cycles: 0", 9, "'0': expected golden cycles")
        self.refuse_key("cycles: {2: 7}", 10, "unknown key '2'; keys here are 1")
        self.refuse_key("tolerance: 2", 12, "'2': expected a tolerance such as 2 %")
        self.refuse_key("timeout: 0", 10, "expected seconds above 0")
        self.refuse_key("timeout: nan", 10, "expected seconds above 0")
        self.refuse_key("max_cycles: [1]", 13, "expected cycles")
        self.refuse_key("machine: {mash: 2x2}", 11, "unknown key 'mash'")
        self.refuse_key("machine: {die: yes}", 16, "'die' is true or false")
        self.refuse_key("machine: {threads: 0}", 20, "expected threads")
        self.refuse_key("machine: {file: a, mesh: 2x2}", 26, "'mesh' is what the machine's file says")
        self.refuse_key("expected_failure: {message: a}", 19, "the key 'reason' is missing")
        self.refuse_key("expected_failure: {reason: a, seeds: 2}", 38, "2 is none of the test's seeds")
        for option in ("--seed 3", "--wave=on-fail", "--mesh 2x2", "--json -", "--max-cycles 5"):
            self.refuse(f"tests:\n  - name: a\n    program: bench x {option}", f"some.yaml:3:14: '{option.split()[0]}'")
        self.refuse("tests:\n  - name: a\n    program: bench 'x", "some.yaml:3:14: ", "No closing quotation")

    def refuse_run(self, text, *expected):
        result = self.run_list(text)
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1), result.stderr)
        for part in expected:
            self.assertIn(part, result.stderr)

    def test_files(self):
        self.refuse_run("tests:\n  - {name: a, sedes: 3}", "regress: ", "some.yaml:2:15: unknown key 'sedes'")
        self.refuse_run("tests:\n  - {name: a, program: none.elf}", "some.yaml:2:5: there is no ", "none.elf (scripts/test builds all programs)")
        self.refuse_run("tests: [{name: a, program: bench x, machine: {file: none.yaml}}]", "some.yaml:1:9: there is no ", "none.yaml")
        self.list.unlink()
        result = self.run_list(None)
        self.assertEqual(result.returncode, 2)
        self.assertIn("some.yaml: No such file or directory", result.stderr)
        self.list.write_bytes(b"tests: \xff")
        self.assertIn("some.yaml: not UTF-8", self.run_list(None).stderr)
        self.dojo.unlink()
        self.refuse_run("tests: [{name: a, program: bench x}]", "some.yaml:1:9: there is no ", "bin/dojo")


class Waves(Regress):
    def commands(self, result):
        return [line.strip() for line in result.stdout.splitlines() if line.startswith("  ")]

    def test_command_for_each_kind_of_failure(self):
        (self.folder / "firmware/a.elf").touch()
        result = self.run_list(
            "defaults: {seeds: 4}\n"
            "tests:\n"
            "  - {name: a, program: \"a.elf --exit 1 --say 'node (1,2) hart 3: fault'\", machine: {mesh: 2x3}, max_cycles: 99}\n"
            "  - {name: b, program: bench x --sleep 60 --snapshot-every 5, timeout: 0.5}\n"
            "  - {name: c, program: bench x --exit 1, machine: {backend: model}}\n"
        )
        folder = self.output / "waves"
        self.assertEqual(
            self.commands(result),
            [
                f"{self.dojo} run {self.folder}/firmware/a.elf --exit 1 --say 'node (1,2) hart 3: fault' --mesh 2x3 --max-cycles 99 --seed 4"
                f" --wave on-fail --wave-node 1,2 --wave-file {folder}/some.a.seed4.fst",
                f"{self.dojo} bench x --sleep 60 --max-cycles 20001 --seed 4 --wave 0:20000 --wave-file {folder}/some.b.seed4.fst",
                f"{self.dojo} bench x --exit 1 --backend rtl --max-cycles 20001 --seed 4 --wave 0:20000 --wave-file {folder}/some.c.seed4.fst",
            ],
        )

    def test_real_commands_leave_waves(self):
        result = self.run_list(
            "tests:\n"
            "  - {name: slower, program: bench gemm --m 32 --n 32 --k 32, seeds: 3, cycles: 100}\n"
            "  - {name: trap, program: test_illegal_instruction.elf, seeds: 5}\n"
            "  - {name: endless, program: test_endless_loop.elf, timeout: 0.5}\n"
            "  - {name: network, program: bench noc --nothing}\n",
            build=BUILD,
        )
        self.assertEqual(result.returncode, 1, result.stderr)
        commands = self.commands(result)
        self.assertEqual(len(commands), 4)
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        codes = [subprocess.run(shlex.split(line), cwd=elsewhere, capture_output=True, check=False).returncode for line in commands]
        self.assertEqual(codes, [0, 1, 1, 2])
        for name in ("slower.seed3", "trap.seed5", "endless.seed1"):
            self.assertGreater((self.output / f"waves/some.{name}.fst").stat().st_size, 10000, name)
        self.assertNotIn("--wave", commands[3])


if __name__ == "__main__":
    unittest.main()
