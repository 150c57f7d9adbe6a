#!/usr/bin/python3
"""cells_test.py ROOT: the kinds of cells that scripts/synth finds in a module, and the modules that it makes of them."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(sys.argv.pop(1)) / "scripts"))

from synthesis import cells  # noqa: E402

MODULE = r"""
module \top
  wire width 8 input 1 \a
  wire width 3 input 2 \s
  wire input 3 \clk_i
  wire width 8 $1
  cell $add $2
    parameter \A_WIDTH 8
    parameter \Y_WIDTH 8
    connect \A \a
    connect \B { 4'0000 \a [7:4] }
    connect \Y $1
  end
  cell $add $3
    parameter \A_WIDTH 8
    parameter \Y_WIDTH 8
    connect \A 8'x
    connect \B $1
    connect \Y $1
  end
  cell $shiftx $4
    parameter \B_WIDTH 4
    connect \A \a
    connect \B { 1'0 \s }
    connect \Y $1 [3]
  end
  cell $mem_v2 \memory_q
    parameter \MEMID "\\memory_q"
    parameter \WR_PORTS 2
    connect \WR_CLK { \clk_i \clk_i }
    connect \WR_ADDR 5
    connect \RD_DATA $1
  end
  cell \child \u_child
    connect \clk_i \clk_i
  end
end
"""


class Kinds(unittest.TestCase):
    def setUp(self):
        self.kinds = cells.kinds(MODULE)
        self.by_type = {kind.type: kind for kind in self.kinds}

    def test_cells_of_the_same_widths_are_one_kind(self):
        self.assertEqual(self.kinds[self.by_type["$add"]], 2)
        self.assertEqual(dict(self.by_type["$add"].ports), {"\\A": ("",) * 8, "\\B": ("",) * 8, "\\Y": ("",) * 8})

    def test_instances_do_not_count(self):
        self.assertEqual(set(self.by_type), {"$add", "$shiftx", "$mem_v2"})

    def test_constants_count_where_gates_depend_on_them(self):
        self.assertEqual(dict(self.by_type["$shiftx"].ports)["\\B"], ("", "", "", "1'0"))
        memory = dict(self.by_type["$mem_v2"].ports)["\\WR_ADDR"]
        self.assertEqual((len(memory), memory[:4]), (32, ("1'1", "1'0", "1'1", "1'0")))

    def test_a_part_of_a_wire_is_as_wide_as_its_range(self):
        self.assertEqual(len(dict(self.by_type["$shiftx"].ports)["\\Y"]), 1)

    def test_a_kind_is_a_module(self):
        text = self.by_type["$shiftx"].module("kind_3")
        self.assertIn("module \\kind_3\n", text)
        self.assertIn("wire width 1 output 3 \\Y", text)
        self.assertIn("connect \\B { 1'0 \\B [2] \\B [1] \\B [0] }", text)
        self.assertIn("connect \\A \\A", text)

    def test_all_bits_of_a_memory_have_one_clock(self):
        self.assertIn("connect \\WR_CLK { \\WR_CLK [0] \\WR_CLK [0] }", self.by_type["$mem_v2"].module("kind_4"))


unittest.main()
