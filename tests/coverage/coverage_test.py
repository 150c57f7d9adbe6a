#!/usr/bin/python3
"""coverage_test.py ROOT: what scripts/coverage makes of counts, its report and its ratchet."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "scripts"))

from covered import counts, cpp, page, ratchet, rtl  # noqa: E402

MODULE = """module m;
  always_ff @(posedge clk_i) begin
    a <= b;
  end
  function automatic logic f();
    for (int i = 0; i < 2; i++) begin
      if (x[i]) return 1'b1;
    end
    return 1'b0;
  endfunction
  `DOJO_COVER(Seen, a)
endmodule
"""


class Coverage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "rtl/node").mkdir(parents=True)
        (self.root / "sw/model").mkdir(parents=True)
        (self.root / "rtl/node/m.sv").write_text(MODULE)
        (self.root / "sw/model/a.cpp").write_text("int f(int x) {\n  if (x) return 1;\n  return 2;\n}\n")

    def point(self, kind, line, name, count, lines="", file="rtl/node/m.sv"):
        fields = {"f": self.root / file, "l": line, "page": f"v_{kind}/m", "o": name, "S": lines, "h": "top.m"}
        keys = "".join(f"\x01{key}\x02{value}" for key, value in fields.items())
        return f"C '{keys}' {count}\n"

    def rtl_counts(self, *texts):
        folder = self.root / "counts"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (folder / f"{number}.dat").write_text(text)
        return rtl.read(folder, self.root)

    def test_counts_of_instances_and_processes_are_added(self):
        one = self.point("line", 2, "block", 0, "2-3") + self.point("toggle", 1, "a", 1) + self.point("user", 11, "Seen", 0)
        two = self.point("line", 2, "block", 5, "2-3") + self.point("toggle", 1, "b", 0) + self.point("user", 11, "Seen", 2)
        other = self.point("line", 1, "block", 1, file="tb/noc/bench.sv")
        file = self.rtl_counts(one, two + other)
        self.assertEqual(list(file), ["rtl/node/m.sv"])
        file = file["rtl/node/m.sv"]
        self.assertEqual(file.lines, {2: 5, 3: 5})
        self.assertEqual(file.branches, {(1, "a"): 1, (1, "b"): 0})
        self.assertEqual(file.functions, {(11, "Seen"): 2})
        self.assertEqual(file.row(), {"lines": (2, 2), "branches": (1, 2), "functions": (1, 1)})

    def test_lines_that_verilator_cannot_count(self):
        file = self.rtl_counts(self.point("line", 2, "b", 0, "2-3") + self.point("line", 5, "f", 0, "5,7,9"))["rtl/node/m.sv"]
        self.assertEqual((file.lines, file.uncounted), ({2: 0, 3: 0}, 3))
        file = self.rtl_counts(self.point("line", 5, "f", 4, "5,7,9"))["rtl/node/m.sv"]
        self.assertEqual((file.lines, file.uncounted), ({5: 4, 7: 4, 9: 4}, 0))

    def cpp_counts(self):
        text = f"""SF:/usr/include/c++/12/vector
DA:1,7
end_of_record
SF:{self.root}/sw/model/a.cpp
FN:1,_Z1fIiEvv
FN:1,_Z1fIlEvv
FN:9,_Z1gv
FNDA:0,_Z1fIiEvv
FNDA:3,_Z1fIlEvv
FNDA:0,_Z1gv
BRDA:2,0,0,3
BRDA:2,0,1,-
DA:1,3
DA:2,3
DA:3,0
end_of_record
"""
        return cpp.parse(text, self.root)

    def test_counts_of_cpp(self):
        files = self.cpp_counts()
        self.assertEqual(list(files), ["sw/model/a.cpp"])
        file = files["sw/model/a.cpp"]
        self.assertEqual(file.lines, {1: 3, 2: 3, 3: 0})
        self.assertEqual(sorted(file.branches.values()), [0, 3])
        self.assertEqual(file.functions, {(1, "_Z1fIiEvv"): 3, (9, "_Z1gv"): 0}, "instances of a template are one function")

    def test_one_report_of_both(self):
        rows = self.point("line", 2, "b", 1, "2-3") + self.point("toggle", 1, "a", 1) + self.point("user", 11, "Seen", 0)
        files = {**self.rtl_counts(rows), **self.cpp_counts()}
        info = self.root / "all.info"
        page.write_info(files, info, self.root)
        self.assertEqual(info.read_text().count("SF:"), 2)
        first = page.write_html(info, self.root / "html", self.root).read_text()
        self.assertIn("rtl/node", first)
        self.assertIn("sw/model", first)
        self.assertIn("Seen", (self.root / "html/rtl/node/m.sv.func.html").read_text())


class Ratchet(unittest.TestCase):
    def file(self, reached, missed):
        numbers = range(reached + missed)
        return counts.Counts({number: int(number < reached) for number in numbers}, {(1, "a"): 0}, {})

    def test_worse_and_better(self):
        held = {
            "sw/a.cpp": {"lines": 3, "branches": 1, "functions": 0},
            "sw/b.cpp": {"lines": 3, "branches": 1, "functions": 0},
            "rtl/c.sv": {"lines": 3, "bits": 0, "covers": 0},
            "sw/gone.cpp": {"lines": 0, "branches": 0, "functions": 0},
        }
        files = {"sw/a.cpp": self.file(9, 3), "sw/b.cpp": self.file(1, 2), "rtl/c.sv": self.file(100, 4), "sw/new.cpp": self.file(0, 9)}
        worse, better = ratchet.compare(held, files)
        self.assertEqual(set(worse), {"rtl/c.sv", "sw/gone.cpp"})
        self.assertEqual(worse["rtl/c.sv"], ["4 lines are not reached, 3 were not", "1 bits are not reached, 0 were not"])
        self.assertEqual(better, {"sw/b.cpp": ["2 lines are not reached, 3 were not"]})
        new = ratchet.tightened(held, files)
        self.assertEqual(new["rtl/c.sv"], held["rtl/c.sv"], "it never gets looser")
        self.assertEqual(new["sw/b.cpp"], {"lines": 2, "branches": 1, "functions": 0})
        self.assertEqual(new["sw/new.cpp"], {"lines": 9, "branches": 1, "functions": 0})

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "ratchet.json")
            parts = {"all": {"rtl/a.sv": {"lines": 1, "bits": 2, "covers": 3}}, "quick": {"sw/b.cpp": {"lines": 0, "branches": 0, "functions": 0}}}
            ratchet.save(path, parts)
            self.assertEqual(ratchet.load(path), parts)
            for text in ("", "[]", '{"all": 3}', '{"all": {"rtl/a.sv": {"lines": 1}}}', '{"all": {"sw/a.cpp": {"lines": -1, "branches": 0, "functions": 0}}}'):
                path.write_text(text)
                with self.assertRaises(ratchet.RatchetError, msg=text) as caught:
                    ratchet.load(path)
                self.assertEqual(len(str(caught.exception).splitlines()), 1)
                self.assertIn("ratchet.json", str(caught.exception))

    def test_the_one_of_the_repository(self):
        parts = ratchet.load(ROOT / "tests/coverage/ratchet.json")
        self.assertGreater(len(parts["quick"]), 3)
        for name in (name for files in parts.values() for name in files):
            self.assertTrue((ROOT / name).is_file(), f"{name} has gone: remove it from tests/coverage/ratchet.json")
        self.assertEqual(json.loads((ROOT / "tests/coverage/ratchet.json").read_text())["what"], ratchet.EXPLANATION)


if __name__ == "__main__":
    unittest.main()
