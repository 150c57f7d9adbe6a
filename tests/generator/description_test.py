#!/usr/bin/python3
"""description_test.py ROOT: a description that contradicts itself ends with one clear line and exit code 2; stale tables with 1."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
DESCRIPTION = (ROOT / "rtl/common/dojo.yaml").read_text()


class Description(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def generate(self, text, *options):
        path = self.folder / "dojo.yaml"
        path.write_text(text)
        command = ["/usr/bin/python3", ROOT / "scripts/generate.py", "--input", path, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def refuse(self, old, new, expected):
        self.assertIn(old, DESCRIPTION)
        result = self.generate(DESCRIPTION.replace(old, new, 1), "--output", self.folder)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(expected, result.stderr)
        self.assertFalse((self.folder / "dojo_pkg.sv").exists())

    def test_refuses_contradictions(self):
        self.refuse("{name: sram_lines, value: 20480", "{name: sram_lines, value: 20481", "size of sram")
        self.refuse("base: 0x03000000", "base: 0x02000000", "overlaps")
        self.refuse("offset: 0x040, count: 4", "offset: 0xffc, count: 4", "leaves its region")
        self.refuse("{name: rows, bits: 32", "{name: rows, bits: 31", "no whole words")
        self.refuse("name: b_transposed, word: 0, lsb: 9", "name: b_transposed, word: 0, lsb: 8", "overlaps")
        self.refuse("name: mscratch, address: 0x340", "name: mscratch, address: 0x341", "share an address")
        self.refuse("name: mscratch, address: 0x340", "name: mscratch", "KeyError")
        self.refuse("machine:", "machine: [", "dojo.yaml")

    def test_refuses_a_missing_file(self):
        command = ["/usr/bin/python3", ROOT / "scripts/generate.py", "--input", self.folder / "none", "--output", self.folder]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1))

    def test_check_finds_stale_tables(self):
        docs = self.folder / "docs"
        self.assertEqual(self.generate(DESCRIPTION, "--docs", docs).returncode, 0)
        self.assertEqual(self.generate(DESCRIPTION, "--docs", docs, "--check").returncode, 0)
        stale = self.generate(DESCRIPTION.replace("harts per node", "threads per node"), "--docs", docs, "--check")
        self.assertEqual((stale.returncode, len(stale.stderr.splitlines())), (1, 1))
        self.assertIn("machine.md", stale.stderr)


if __name__ == "__main__":
    unittest.main()
