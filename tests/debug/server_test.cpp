// The server as a debugger sees it, packet by packet, on the golden model and on the RTL.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "debugged.hpp"

namespace dojo::debug {
namespace {

MachineConfig model() {
  return {.backend = "model", .mesh = {2, 2}};
}
MachineConfig rtl(MeshSize mesh = {2, 1}, MeshSize dies = {1, 1}) {
  return {.backend = "rtl", .mesh = mesh, .dies = dies};
}

constexpr const char* semaphore = "4000018";  // number 3, which the program waits for

TEST(ServerOnModel, TellsWhatItIs) {
  Debugged debugged(model());
  const std::string supported = debugged.ask("qSupported:swbreak+");
  EXPECT_NE(supported.find("qXfer:features:read+"), std::string::npos) << supported;
  EXPECT_EQ(supported.find("ReverseStep"), std::string::npos) << supported;
  EXPECT_EQ(debugged.ask("?"), "T02thread:1;");
  EXPECT_EQ(debugged.ask("qfThreadInfo"), "m1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,10");
  EXPECT_EQ(debugged.ask("qsThreadInfo"), "l");
  EXPECT_NE(debugged.ask("qXfer:threads:read::0,2000").find(R"(<thread id="d" name="node (1,1) hart 0">running)"),
            std::string::npos);
  std::string description;
  for (std::string part = "m"; part[0] == 'm';) {
    part = debugged.ask(fmt::format("qXfer:features:read:target.xml:{:x},400", description.size()));
    description += part.substr(1);
  }
  for (const char* name : {"\"pc\"", "\"ft0\"", "\"v31\"", "\"mstatus\"", "\"fcsr\"", "</target>"}) {
    EXPECT_NE(description.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(debugged.pc(), debugged.program.entry());
  EXPECT_EQ(debugged.ask("g").size(), 2 * (33 * 8 + 32 * 4));
  EXPECT_EQ(debugged.ask("bs"), "E.this machine cannot go back");
  EXPECT_EQ(debugged.ask("c"), "W00");
  EXPECT_EQ(std::count(debugged.console().begin(), debugged.console().end(), '\n'), 4);
}

TEST(ServerOnModel, BreakpointsOfAllHarts) {
  Debugged debugged(model());
  const std::string scale = debugged.address_of("scale");
  for (unsigned round = 0; round < 3; ++round) {
    std::vector<std::string> threads;
    for (unsigned node = 0; node < 4; ++node) {
      EXPECT_EQ(debugged.ask("Z0," + scale + ",2"), "OK");
      const std::string stop = debugged.ask("vCont;c");
      ASSERT_TRUE(stop.starts_with("T05swbreak:;thread:")) << stop;
      threads.push_back(stop.substr(19));
      EXPECT_EQ(fmt::format("{:x}", debugged.pc()), scale);
      // As gdb passes a breakpoint.
      EXPECT_EQ(debugged.ask("z0," + scale + ",2"), "OK");
      EXPECT_EQ(debugged.ask("vCont;s:" + threads.back().substr(0, threads.back().size() - 1)),
                "T05thread:" + threads.back());
    }
    std::sort(threads.begin(), threads.end());
    EXPECT_EQ(threads, (std::vector<std::string>{"1;", "5;", "9;", "d;"})) << round;
  }
  EXPECT_EQ(debugged.ask("vCont;c"), "W00");
}

TEST(ServerOnModel, BreakpointsOfOneNode) {
  Debugged debugged(model());
  EXPECT_EQ(debugged.monitor("only 1,1"), "breakpoints are for node (1,1) only\n");
  EXPECT_EQ(debugged.ask("Z0," + debugged.address_of("scale") + ",2"), "OK");
  for (unsigned round = 0; round < 3; ++round) EXPECT_EQ(debugged.ask("vCont;c"), "T05swbreak:;thread:d;") << round;
  EXPECT_EQ(debugged.ask("vCont;c"), "W00");
}

TEST(ServerOnModel, MemoryOfTheThreadsNode) {
  Debugged debugged(model());
  const std::string rounds = debugged.address_of("rounds");
  EXPECT_EQ(debugged.ask("Hgd"), "OK");
  EXPECT_EQ(debugged.ask("M" + rounds + ",8:0700000000000000"), "OK");
  EXPECT_EQ(debugged.ask("m" + rounds + ",8"), "0700000000000000");
  EXPECT_EQ(debugged.ask("Hg1"), "OK");
  EXPECT_EQ(debugged.ask("m" + rounds + ",8"), "0000000000000000");
  // The same word of node (1,1) at its global address.
  const std::uint64_t global = DOJO_GLOBAL_ADDRESS(1, 1, *debugged.program.symbol("rounds"));
  EXPECT_EQ(debugged.ask(fmt::format("m{:x},8", global)), "0700000000000000");
  EXPECT_EQ(debugged.ask(fmt::format("X{:x},1:#", global)), "OK");  // goes as an escape
  EXPECT_EQ(debugged.ask(fmt::format("m{:x},1", global)), "23");
  // As much as there is at the end of the SRAM, and nothing outside.
  EXPECT_EQ(debugged.ask("m8013fffc,8").size(), 8u);
  for (const char* nowhere :
       {"m80140000,8", "m0,8", "m8000000000000000,1000", "mc0000000000000000,8", "mfff8000080000000,8", "M0,1:00"}) {
    EXPECT_EQ(debugged.ask(nowhere), "E01") << nowhere;
  }
}

TEST(ServerOnModel, WatchedSemaphore) {
  Debugged debugged(model());
  EXPECT_EQ(debugged.ask("Hg5"), "OK");
  EXPECT_EQ(debugged.ask(fmt::format("Z2,{},8", semaphore)), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), fmt::format("T05watch:{};thread:5;", semaphore));
  EXPECT_EQ(debugged.ask(fmt::format("m{},8", semaphore)), "0100000000000000");
  EXPECT_NE(debugged.monitor("semaphores").find("semaphore 3 at 0x4000018: 1"), std::string::npos) << debugged.text;
  EXPECT_NE(debugged.monitor("semaphores 0,5").find("no node 0,5"), std::string::npos) << debugged.text;
  EXPECT_EQ(debugged.ask(fmt::format("Z3,{},8", semaphore)), "");  // the model does not tell what harts load
  EXPECT_EQ(debugged.ask("Z2,100,8"), "E01");
}

TEST(ServerOnModel, BadPacketsAreAnswered) {
  Debugged debugged(model());
  for (const char* packet : {"m",
                             "m80000000",
                             "m80000000,zz",
                             "mgg,4",
                             "M80000000,4:12",
                             "M80000000,2:zzzz",
                             "X,1:a",
                             "p",
                             "pffff",
                             "pffffffffffffffffff",
                             "Hx1",
                             "Hg99",
                             "Hgzz",
                             "T99",
                             "Z0",
                             "Z0,zz,2",
                             "Z2,80000000,0",
                             "vCont;x",
                             "vCont;s:99",
                             "vCont;r12:1",
                             "qXfer:features:read:target.xml:zz,1",
                             "qXfer:features:read:target.xml:ffffff,1",
                             "qRcmd,zz",
                             "qThreadExtraInfo,99"}) {
    EXPECT_EQ(debugged.ask(packet), "E01") << packet;
  }
  for (const char* packet : {"", "!", "qWhat", "vWhat", "Z9,80000000,2", "bx", "R00", "\xff"}) {
    EXPECT_EQ(debugged.ask(packet), "") << packet;
  }
  EXPECT_EQ(debugged.ask("G00"), "E.registers are read-only");
  EXPECT_EQ(debugged.ask("P20=0000000080000000"), "E.registers are read-only");
  // Without a valid checksum nothing is done; the next packet is understood.
  debugged.send_bytes("$k#00");
  EXPECT_EQ(debugged.ask("qC"), "QC1");
  EXPECT_NE(debugged.monitor("what").find("'what' is no command"), std::string::npos);
  EXPECT_NE(debugged.monitor("semaphores 1;1").find("is no node"), std::string::npos);
  EXPECT_NE(debugged.monitor("cycle 1").find("too much"), std::string::npos);
  EXPECT_NE(debugged.monitor("").find("monitor where"), std::string::npos);
  EXPECT_NE(debugged.monitor("help").find("monitor where"), std::string::npos);
}

TEST(ServerOnModel, DetachAndKill) {
  EXPECT_EQ(Debugged(model()).leave("D"), Farewell::detached);
  EXPECT_EQ(Debugged(model()).leave("vKill;1"), Farewell::killed);
  EXPECT_EQ(Debugged(model()).leave("k"), Farewell::killed);
}

TEST(ServerOnRtl, DebuggingChangesNothing) {
  const Outcome expected = run_freely(rtl());
  Debugged debugged(rtl());
  const std::string scale = debugged.address_of("scale");
  EXPECT_EQ(debugged.ask("Z1," + scale + ",2"), "OK");
  EXPECT_TRUE(debugged.ask("vCont;c").starts_with("T05hwbreak:;thread:")) << "breakpoint";
  EXPECT_EQ(debugged.ask("z1," + scale + ",2"), "OK");
  for (unsigned step = 0; step < 30; ++step) {
    EXPECT_EQ(debugged.ask("vCont;s:1;c"), "T05thread:1;");
    debugged.ask("p50");  // a vector register: lets the node run on alone if it is on its way
    debugged.ask("g");
  }
  EXPECT_EQ(debugged.ask("vCont;c"), "W00");
  EXPECT_EQ(debugged.outcome(), expected);
}

TEST(ServerOnRtl, RegistersOfInstructionsBeforeThePc) {
  Debugged debugged(rtl({1, 1}));
  EXPECT_EQ(debugged.ask("Z1," + debugged.address_of("tell_next") + ",2"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T05hwbreak:;thread:1;");
  // The last vector instruction before has multiplied numbers[0 .. 63] by two in v8 to v11.
  for (unsigned i = 0; i < 4; ++i) {
    const auto bytes = from_hex(debugged.ask(fmt::format("p{:x}", 65 + 8 + i)));
    ASSERT_TRUE(bytes && bytes->size() == 64);
    for (unsigned lane = 0; lane < 16; ++lane) {
      float value = 0;
      std::memcpy(&value, bytes->data() + lane * sizeof value, sizeof value);
      EXPECT_EQ(value, 2.0f * static_cast<float>(16 * i + lane));
    }
  }
}

TEST(ServerOnRtl, BackAndForth) {
  const Outcome expected = run_freely(rtl());
  Debugged debugged(rtl());
  std::vector<std::pair<std::uint64_t, std::string>> places;
  for (unsigned step = 0; step < 40; ++step) {
    places.emplace_back(debugged.cycle(), debugged.ask("g"));
    ASSERT_EQ(debugged.ask("vCont;s:5;c"), "T05thread:5;");
  }
  while (!places.empty()) {
    ASSERT_EQ(debugged.ask("bs"), "T05thread:5;");
    const std::string registers = debugged.ask("g");
    const std::uint64_t cycle = debugged.cycle();
    if (places.size() > 1) {  // the first place is one to which no instruction has led
      EXPECT_EQ(cycle, places.back().first);
      EXPECT_EQ(registers, places.back().second);
    }
    places.pop_back();
  }
  EXPECT_EQ(debugged.ask("bs"), "T05replaylog:begin;thread:5;");
  EXPECT_EQ(debugged.ask("c"), "W00");
  EXPECT_EQ(debugged.outcome(), expected);
}

TEST(ServerOnRtl, HartsThatPassAlone) {
  Debugged debugged(rtl());
  const std::string scale = debugged.address_of("scale");
  const auto pass = [&](const std::string& thread) {
    EXPECT_EQ(debugged.ask("z0," + scale + ",2"), "OK");
    EXPECT_EQ(debugged.ask("vCont;s:" + thread), "T05thread:" + thread + ";");
    EXPECT_NE(fmt::format("{:x}", debugged.pc()), scale);
    EXPECT_EQ(debugged.ask("Z0," + scale + ",2"), "OK");
  };
  EXPECT_EQ(debugged.ask("Z0," + scale + ",2"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T05swbreak:;thread:1;");
  const std::uint64_t cycle = debugged.cycle();
  pass("1");
  EXPECT_EQ(debugged.cycle(), cycle);  // the other hart is at the breakpoint, too
  EXPECT_EQ(debugged.ask("vCont;c"), "T05swbreak:;thread:5;");
  EXPECT_EQ(debugged.cycle(), cycle);
  pass("5");
  EXPECT_GT(debugged.cycle(), cycle);
  EXPECT_EQ(debugged.ask("z0," + scale + ",2"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "W00");
}

TEST(ServerOnRtl, BackToBreakpointAndWatchpoint) {
  Debugged debugged(rtl());
  const std::string next = debugged.address_of("tell_next");
  EXPECT_EQ(debugged.ask("Z1," + next + ",2"), "OK");
  std::vector<std::pair<std::uint64_t, std::string>> stops;
  for (unsigned i = 0; i < 5; ++i) {
    const std::string stop = debugged.ask("vCont;c");
    stops.emplace_back(debugged.cycle(), stop);
  }
  // The last one is the first of two harts in its cycle.
  ASSERT_EQ(stops[0].first, stops[1].first);
  ASSERT_GT(stops[4].first, stops[3].first);
  for (unsigned i = 4; i-- > 0;) {
    EXPECT_EQ(debugged.ask("bc"), stops[i].second) << i;
    EXPECT_EQ(debugged.cycle(), stops[i].first) << i;
    if (i % 2 == 0) continue;
    // As gdb passes a breakpoint: the other hart has met it in the same cycle.
    EXPECT_EQ(debugged.ask("z1," + next + ",2"), "OK");
    EXPECT_EQ(debugged.ask("Hc5"), "OK");
    EXPECT_EQ(debugged.ask("bs"), "T05thread:5;");
    EXPECT_LT(debugged.cycle(), stops[i].first);
    EXPECT_EQ(debugged.ask("Z1," + next + ",2"), "OK");
    EXPECT_EQ(debugged.ask("Hc0"), "OK");
  }
  EXPECT_TRUE(debugged.ask("bc").starts_with("T05replaylog:begin;"));
  EXPECT_EQ(debugged.ask("z1," + next + ",2"), "OK");

  EXPECT_EQ(debugged.ask("Hg5"), "OK");
  EXPECT_EQ(debugged.ask(fmt::format("Z2,{},8", semaphore)), "OK");
  const std::string watched = fmt::format("T05watch:{};thread:5;", semaphore);
  EXPECT_EQ(debugged.ask("vCont;c"), watched);
  const std::uint64_t cycle = debugged.cycle();
  EXPECT_EQ(debugged.ask(fmt::format("m{},8", semaphore)), "0100000000000000");
  EXPECT_EQ(debugged.ask("vCont;s:5"), "T05thread:5;");  // as gdb does then
  EXPECT_EQ(debugged.cycle(), cycle);
  EXPECT_EQ(debugged.ask("bc"), watched);
  EXPECT_EQ(debugged.ask(fmt::format("m{},8", semaphore)), "0000000000000000");
  EXPECT_EQ(debugged.cycle(), cycle - 1);
}

TEST(ServerOnRtl, AccessesOfHarts) {
  Debugged debugged(rtl({1, 1}));
  const std::string rounds = debugged.address_of("rounds");
  EXPECT_EQ(debugged.ask("Z3," + rounds + ",8"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T05rwatch:" + rounds + ";thread:1;");
  EXPECT_EQ(debugged.ask("m" + rounds + ",8"), "0000000000000000");
  EXPECT_EQ(debugged.ask("z3," + rounds + ",8"), "OK");
  EXPECT_EQ(debugged.ask("Z4," + rounds + ",8"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T05awatch:" + rounds + ";thread:1;");
  EXPECT_EQ(debugged.ask("m" + rounds + ",8"), "0100000000000000");
}

TEST(ServerOnRtl, WritingIsANewHistory) {
  Debugged debugged(rtl({1, 1}));
  EXPECT_EQ(debugged.ask("Z1," + debugged.address_of("tell_next") + ",2"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T05hwbreak:;thread:1;");
  const std::uint64_t cycle = debugged.cycle();
  EXPECT_EQ(debugged.ask("M" + debugged.address_of("rounds") + ",8:0500000000000000"), "OK");
  EXPECT_EQ(debugged.ask("vCont;s:1;c"), "T05thread:1;");
  EXPECT_EQ(debugged.ask("bc"), "T05replaylog:begin;thread:1;");
  EXPECT_EQ(debugged.cycle(), cycle);
  EXPECT_EQ(debugged.ask("m" + debugged.address_of("rounds") + ",8"), "0500000000000000");
}

TEST(ServerOnRtl, Trap) {
  Debugged debugged(rtl({1, 1}));
  const std::string scale = debugged.address_of("scale");
  EXPECT_EQ(debugged.ask("M" + scale + ",4:00000000"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T04thread:1;");
  EXPECT_NE(debugged.text.find("illegal instruction"), std::string::npos) << debugged.text;
  EXPECT_EQ(fmt::format("{:x}", debugged.pc()), scale);
  EXPECT_EQ(debugged.ask("vCont;c"), "T04thread:1;");  // it cannot go on
  EXPECT_EQ(debugged.ask("bs"), "T05thread:1;");       // before the trap
  EXPECT_EQ(debugged.ask("bs"), "T05thread:1;");
  EXPECT_NE(fmt::format("{:x}", debugged.pc()), scale);
}

TEST(ServerOnRtl, Hang) {
  Debugged debugged(rtl({1, 1}));
  // Nobody tells the node: tell_next returns at once.
  EXPECT_EQ(debugged.ask("M" + debugged.address_of("tell_next") + ",2:8280"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "T02thread:1;");
  EXPECT_NE(debugged.text.find("semaphore 3"), std::string::npos) << debugged.text;
  EXPECT_NE(debugged.monitor("where").find("waits until semaphore 3 is 1; it is 0"), std::string::npos)
      << debugged.text;
}

TEST(ServerOnRtl, Interrupt) {
  Debugged debugged(rtl({1, 1}));
  // A hart that jumps to itself.
  EXPECT_EQ(debugged.ask("M" + fmt::format("{:x}", debugged.pc()) + ",2:01a0"), "OK");
  debugged.send_bytes(frame("vCont;c"));
  debugged.send_bytes("\x03");
  EXPECT_EQ(debugged.next(), "T02thread:1;");
  const std::uint64_t cycle = debugged.cycle();
  EXPECT_EQ(debugged.pc(), debugged.program.entry());
  debugged.send_bytes(frame("vCont;c"));
  debugged.send_bytes("\x03");
  EXPECT_EQ(debugged.next(), "T02thread:1;");
  EXPECT_GT(debugged.cycle(), cycle);
}

TEST(ServerOnRtl, SeveralDies) {
  const MachineConfig config = rtl({1, 1}, {2, 1});
  const Outcome expected = run_freely(config);
  Debugged debugged(config);
  EXPECT_EQ(debugged.ask("Z1," + debugged.address_of("tell_next") + ",2"), "OK");
  const std::string first = debugged.ask("vCont;c");
  EXPECT_TRUE(first.starts_with("T05hwbreak:;thread:")) << first;
  const std::uint64_t cycle = debugged.cycle();
  EXPECT_EQ(fmt::format("{:x}", debugged.pc()), debugged.address_of("tell_next"));
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(debugged.ask("vCont;c").starts_with("T05hwbreak:;")) << i;
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(debugged.ask("bc").starts_with("T05hwbreak:;")) << i;
  EXPECT_EQ(debugged.cycle(), cycle);
  EXPECT_EQ(debugged.ask("z1," + debugged.address_of("tell_next") + ",2"), "OK");
  EXPECT_EQ(debugged.ask("vCont;c"), "W00");
  EXPECT_EQ(debugged.outcome(), expected);
}

}  // namespace
}  // namespace dojo::debug
