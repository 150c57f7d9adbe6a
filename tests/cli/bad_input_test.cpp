// What is wrong with the input gets one clear line and exit code 2; a run that fails gets one and exit code 1.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

std::string firmware(const std::string& name) {
  return (firmware_folder() / (name + ".elf")).string();
}

class BadInput : public testing::Test {
 protected:
  /// Expects one line on standard error that contains all of `parts`, nothing on standard output, and the exit code.
  void expect_failure(int exit_code, const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
    const Result result = run_dojo(arguments, folder_.path());
    std::string line;
    for (const std::string& argument : arguments) line += argument + " ";
    EXPECT_EQ(result.exit_code, exit_code) << line << result.errors;
    EXPECT_TRUE(result.one_error_line()) << line << result.errors;
    EXPECT_EQ(result.output, "") << line;
    for (const std::string& part : parts) {
      EXPECT_NE(result.errors.find(part), std::string::npos)
          << line << ": '" << part << "' is not in: " << result.errors;
    }
  }
  TemporaryFolder folder_;
};

TEST_F(BadInput, MissingElf) {
  expect_failure(2, {"run", "missing.elf"}, {"missing.elf", "No such file"});
}

TEST_F(BadInput, FolderInsteadOfElf) {
  expect_failure(2, {"run", folder_.path().string()}, {folder_.path().string()});
}

TEST_F(BadInput, EmptyElf) {
  expect_failure(2, {"run", folder_.file("empty.elf", "")}, {"empty.elf"});
}

TEST_F(BadInput, TextInsteadOfElf) {
  expect_failure(2, {"run", folder_.file("text.elf", std::string(1000, 'x'))}, {"text.elf", "ELF"});
}

TEST_F(BadInput, TruncatedElf) {
  const std::string whole = contents_of(firmware("hello"));
  ASSERT_GT(whole.size(), 4096u);
  for (const std::size_t size : {20ul, 64ul, 100ul, whole.size() / 2, whole.size() - 1}) {
    expect_failure(2, {"run", folder_.file("cut.elf", whole.substr(0, size))}, {"cut.elf"});
  }
}

TEST_F(BadInput, ElfOfAnotherMachine) {
  std::string elf = contents_of(firmware("hello"));
  elf[18] = 62;  // e_machine: x86-64
  expect_failure(2, {"run", folder_.file("other.elf", elf)}, {"other.elf", "RISC-V"});
}

TEST_F(BadInput, ProgramLargerThanTheSram) {
  expect_failure(2, {"run", firmware("test_bare_large")}, {"test_bare_large.elf", "bytes"});
}

TEST_F(BadInput, UnknownWords) {
  expect_failure(2, {}, {"command"});
  expect_failure(2, {"fly"}, {"fly"});
  expect_failure(2, {"run"}, {"elf"});
  expect_failure(2, {"run", firmware("hello"), "--fast"}, {"--fast"});
  expect_failure(2, {"bench"}, {"conv, gemm, memory, noc, scalar, sim, transfer or vector"});
  expect_failure(2, {"bench", "nothing"}, {"nothing"});
  expect_failure(2, {"bench", "collective", "--kind", "scan"}, {"--kind", "scan"});
  expect_failure(2, {"bench", "collective", "--form", "ring"}, {"--form", "ring"});
  expect_failure(2, {"bench", "collective", "--lines", "0"}, {"--lines"});
  expect_failure(2, {"bench", "collective", "--lines", "4", "--bytes", "64"}, {"--bytes", "--lines"});
  const std::vector<std::string> on_model{"bench", "collective", "--backend", "model", "--mesh", "2x2"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), on_model.begin(), on_model.end());
    return more;
  };
  expect_failure(2, with({"--bytes", "100"}), {"--bytes 100", "multiple of a line"});
  expect_failure(2, with({"--kind", "reduce", "--root", "4"}), {"root 4 of 4 nodes"});
  expect_failure(2, with({"--lines", "21000"}), {"21000 lines", "bytes in a node"});
  expect_failure(2, {"help", "nothing"}, {"nothing"});
}

TEST_F(BadInput, MeshThatIsNone) {
  for (const char* mesh : {"0x0", "0x1", "1x0"})
    expect_failure(2, {"run", firmware("hello"), "--mesh", mesh}, {mesh, "at least one"});
  for (const char* mesh : {"2x", "x2", "2", "2x2x2", "-1x2", "2X2", "twoxtwo", "99999999999x1", "2x2 ", ""}) {
    expect_failure(2, {"run", firmware("hello"), "--mesh", mesh}, {"--mesh", "COLSxROWS"});
  }
}

TEST_F(BadInput, MeshBeyondCoordinatesAndMemory) {
  expect_failure(2, {"run", firmware("hello"), "--mesh", "4096x1"}, {"4096x1", "2046"});
  for (const char* backend : {"rtl", "model"}) {
    expect_failure(2, {"run", firmware("hello"), "--backend", backend, "--mesh", "2000x2000"},
                   {"2000x2000 needs", "GiB"});
  }
}

TEST_F(BadInput, NumbersThatAreNone) {
  for (const char* option : {"--threads", "--seed", "--max-cycles", "--harts"}) {
    for (const char* value : {"many", "-1", "1.5"})
      expect_failure(2, {"run", firmware("hello"), option, value}, {option});
  }
  expect_failure(2, {"run", firmware("hello"), "--harts", "5"}, {"--harts"});
  expect_failure(2, {"run", firmware("hello"), "--backend", "fpga"}, {"--backend", "fpga"});
}

TEST_F(BadInput, FilesThatCannotBeWritten) {
  expect_failure(2, {"run", firmware("hello"), "--json", "no/such/folder/r.json"}, {"no/such/folder/r.json"});
  expect_failure(2, {"run", firmware("hello"), "--wave", "0:10", "--wave-file", "no/such/folder/w.fst"},
                 {"no/such/folder/w.fst"});
}

TEST_F(BadInput, WavesThatCannotBe) {
  for (const char* wave : {"on", "5", "5:", ":5", "a:b", "-1:5"})
    expect_failure(2, {"run", firmware("hello"), "--wave", wave}, {"--wave"});
  expect_failure(2, {"run", firmware("hello"), "--wave", "9:5"}, {"START"});
  expect_failure(2, {"run", firmware("hello"), "--wave", "0:5", "--backend", "model"}, {"--wave", "rtl"});
  expect_failure(2, {"run", firmware("hello"), "--wave", "0:5", "--wave-node", "1,0"}, {"1,0"});
  expect_failure(2, {"run", firmware("hello"), "--wave", "0:5", "--wave-node", "zero"}, {"--wave-node"});
  for (const char* condition :
       {"pc=", "pc=main+x", "pc=no_such_symbol", "packet=1,2,3", "packet=", "sem=32", "sem=1=", "x"})
    expect_failure(2, {"run", firmware("hello"), "--wave-on", condition}, {"--wave-on"});
  expect_failure(2, {"run", firmware("hello"), "--wave-on", "sem=1", "--backend", "model"}, {"--wave-on", "rtl"});
  expect_failure(2, {"run", firmware("hello"), "--wave-on", "sem=1", "--wave", "0:5"}, {"--wave-on", "--wave 0:5"});
  expect_failure(2, {"run", firmware("hello"), "--wave-on", "sem=1", "--wave-cycles", "0"}, {"--wave-cycles"});
  expect_failure(2, {"run", firmware("hello"), "--wave-cycles", "5"}, {"--wave-cycles", "--wave-on"});
}

TEST_F(BadInput, DeadNodesAndLinksThatCannotBe) {
  const auto expect = [this](const std::string& option, const std::string& value, const std::string& part) {
    expect_failure(2, {"run", firmware("hello"), "--mesh", "3x3", option, value}, {option.substr(2, 4), part});
  };
  for (const char* nodes : {"", "1", "1,", "1,1,1", "x,y", "1,1;2,2", "1,1:", "-1,0"}) {
    expect("--dead", nodes, "X,Y");
  }
  for (const char* links : {"1,1", "1,1-", "1,1-2", "1,1:2,1", "1,1-2,1,", ""})
    expect("--dead-links", links, "X,Y-X,Y");
  expect("--dead", "3,0", "dead node (3,0) is outside the mesh of 3x3");
  expect("--dead-links", "0,0-1,1", "joins no neighbours");
  expect("--dead", "1,0:1,1:1,2", "no way from node (0,0) to node (2,0)");
  expect_failure(2, {"run", firmware("hello"), "--dead", "0,0"}, {"every node of the machine is dead"});
  expect_failure(2, {"run", firmware("hello"), "--mesh", "33x1", "--dead", "0,0"}, {"routing tables reach 32x32"});
  expect_failure(2, {"run", firmware("hello"), "--die", "--mesh", "2x2"}, {"--die", "--mesh"});
  expect_failure(2, {"run", firmware("hello"), "--mesh", "2x1", "--dead", "0,0", "--wave", "0:5", "--wave-node", "0,0"},
                 {"0,0", "dead"});
}

TEST_F(BadInput, Dies) {
  const auto expect = [&](std::vector<std::string> options, const std::vector<std::string>& parts) {
    options.insert(options.begin(), {"run", firmware("hello")});
    expect_failure(2, options, parts);
  };
  for (const char* dies : {"2", "2x", "x1", "2x1x1", "two", ""}) {
    expect({"--dies", dies}, {"--dies", "COLSxROWS"});
  }
  expect({"--dies", "0x1"}, {"--dies", "at least one"});
  expect({"--dies", "2x1", "--mesh", "3x21"}, {"3x21", "at most 20"});
  expect({"--dies", "1x2", "--mesh", "21x3"}, {"21x3", "at most 20"});
  expect({"--dies", "200x1", "--mesh", "20x1"}, {"200x1 dies of 20x1", "2046"});
  expect({"--dies", "2x1", "--dead", "2,0"}, {"dead node (2,0)", "2x1"});
  expect({"--dies", "2x1", "--wave", "0:5", "--wave-node", "2,0"}, {"2,0", "outside the mesh of 2x1"});
  for (const char* rate : {"-0.1", "1.5", "nan", "much", ""}) {
    expect({"--dies", "2x1", "--edge-bit-errors", rate}, {"--edge-bit-errors"});
    expect({"--dies", "2x1", "--edge-drops", rate}, {"--edge-drops"});
  }
  expect({"--edge-bit-errors", "1e-6"}, {"a single die has no link"});
  expect({"--dies", "2x1", "--backend", "model", "--edge-drops", "0.1"}, {"no lanes"});
  expect_failure(1, {"run", firmware("hello"), "--dies", "2x1", "--edge-drops", "1"},
                 {"die-edge link from the eastern edge of die (0,0) to die (1,0) is dead"});
  expect_failure(2, {"bench", "collective", "--dies", "2x1", "--mesh", "2x2", "--form", "tree"},
                 {"trees do not cross die-edge links"});
  expect_failure(2, {"bench", "vector", "--dies", "2x1"}, {"one node"});
}

TEST_F(BadInput, ShapesAndFormatsThatCannotBeMultiplied) {
  expect_failure(2, {"bench", "gemm", "--m", "0"}, {"--m"});
  expect_failure(2, {"bench", "gemm", "--k", "-8"}, {"--k"});
  expect_failure(2, {"bench", "gemm", "--m", "4096", "--n", "4096", "--k", "4096"}, {"4096x4096", "bytes in a node"});
  expect_failure(2, {"bench", "gemm", "--b-format", "fp32"}, {"fp32"});
  expect_failure(2, {"bench", "conv", "--kernel", "16"}, {"at most 15"});
  expect_failure(2, {"bench", "conv", "--width", "4", "--kernel", "7"}, {"7 pixels", "4x32"});
  expect_failure(2, {"bench", "conv", "--padding", "3"}, {"padding"});
  expect_failure(2, {"bench", "conv", "--channels", "2048"}, {"bytes in a node"});
  expect_failure(2, {"bench", "gemm", "--format", "fp64"}, {"fp64"});
  expect_failure(2, {"bench", "sim", "--activity", "sleepy"}, {"sleepy"});
}

TEST_F(BadInput, CopiesThatCannotBe) {
  const auto expect = [this](std::vector<std::string> arguments, const std::vector<std::string>& parts) {
    arguments.insert(arguments.begin(), {"bench", "transfer"});
    expect_failure(2, arguments, parts);
  };
  for (const char* kind : {"copy", "wait", "signal", ""}) expect({"--kind", kind}, {"--kind"});
  for (const char* bytes : {"0", "-64", "many", "64,", "64;128", ""}) expect({"--bytes", bytes}, {"--bytes"});
  for (const char* distance : {"-1", "far", "1,,2", "99999"}) expect({"--distance", distance}, {"--distance"});
  for (const char* option : {"--element", "--row", "--skew"}) expect({option, "-1"}, {option});
  expect({"--skew", "16"}, {"--skew"});
  expect({"--row", "0"}, {"--row"});
  expect({"--element", "128"}, {"--element"});
  expect({"--element", "24"}, {"24 bytes", "8, 16, 32 or 64"});
  expect({"--kind", "pull", "--element", "32"}, {"pull", "32", "lines of 64"});
  expect({"--kind", "push", "--bytes", "100"}, {"push of 100 bytes", "multiple"});
  expect({"--bytes", "1088"}, {"push_strided of 17 elements", "row of 16"});
  expect({"--kind", "push", "--bytes", "2000000"}, {"push of 2000000 bytes", "node (0,0)"});
  expect({"--distance", "0", "--both-ways"}, {"both ways", "two nodes"});
  expect({"--distance", "1,3", "--mesh", "2x2"}, {"--distance 3", "2x2"});
  expect({"--distance", "2", "--mesh", "3x3", "--dead", "2,0"}, {"--distance 2", "node (2,0) is dead"});
  expect({"--distance", "4000"}, {"2046"});
}

TEST_F(BadInput, StreamsThatCannotBe) {
  const auto expect = [this](const std::vector<std::string>& options, const std::vector<std::string>& parts) {
    std::vector<std::string> arguments{"bench", "memory", "--backend", "model", "--mesh", "2x2"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    expect_failure(2, arguments, parts);
  };
  expect({"--dip", "4", "--nodes", "1"}, {"--dip 4", "4 Interface Processors"});
  expect({"--nodes", "3"}, {"--nodes 3", "no port 2"});
  expect({"--nodes", "8"}, {"--nodes", "1 to 7"});
  expect({"--nodes", "1", "--depth", "2"}, {"--depth 2", "no live node"});
  expect({"--bytes", "65536"}, {"--bytes 65536", "131072"});
  expect({"--bytes", "1000", "--direction", "host"}, {"--bytes 1000", "16384"});
  expect({"--dip", "4", "--direction", "host"}, {"--dip 4", "4 Interface Processors"});
}

TEST_F(BadInput, TrafficThatCannotBe) {
  const auto expect = [this](std::vector<std::string> arguments, const std::vector<std::string>& parts) {
    arguments.insert(arguments.begin(), {"bench", "noc"});
    expect_failure(2, arguments, parts);
  };
  expect({"--pattern", "everywhere"}, {"--pattern", "everywhere"});
  expect({"--class", "reply"}, {"--class", "reply"});
  for (const char* load : {"0", "-0.1", "1.01", "nan", "inf", "much", ""}) expect({"--load", load}, {"--load"});
  for (const char* option : {"--warm-up", "--window", "--drain"}) expect({option, "-1"}, {option});
  expect({"--window", "0"}, {"--window"});
  expect({"--load", "0.000001", "--window", "1"}, {"--load", "no packet"});
  expect({"--pattern", "transpose", "--mesh", "8x4"}, {"transpose", "8x4"});
  expect({"--pattern", "shuffle", "--mesh", "6x6"}, {"shuffle", "power of two", "36"});
  expect({"--pattern", "all", "--mesh", "6x6"}, {"shuffle", "6x6"});
  expect({"--pattern", "edge", "--class", "data"}, {"--class data", "edge"});
  expect({"--pattern", "edge", "--class", "mixed"}, {"--class mixed", "edge"});
  expect({"--dies", "2x1"}, {"one mesh", "--dies"});
  expect({"--memory"}, {"one mesh", "--memory"});
  expect({"--mesh", "8by8"}, {"--mesh", "COLSxROWS"});
  expect({"--mesh", "0x8"}, {"at least one"});
  expect({"--mesh", "4096x1"}, {"4096x1", "2046"});
  expect({"--mesh", "2046x2046"}, {"2046x2046 needs", "GiB"});
  expect({"--backend", "model"}, {"model"});
  expect({"--die"}, {"whole meshes", "--dead none"});
  expect({"--dead", "1,1"}, {"whole meshes"});
  expect({"--dead-links", "1,1-1,2"}, {"whole meshes"});
  expect({"--csv", "no/such/folder/p.csv"}, {"--csv", "no/such/folder/p.csv"});
  expect({"--svg", "no/such/folder/p.svg"}, {"--svg", "no/such/folder/p.svg"});
  expect({"--svg", "p.svg", "--load", "0.1"}, {"--svg", "--load"});
}

TEST_F(BadInput, PictureWithoutGnuplot) {
  const std::string path = getenv("PATH");
  setenv("PATH", folder_.path().c_str(), 1);
  expect_failure(2, {"bench", "noc", "--svg", "p.svg"}, {"--svg", "gnuplot-nox"});
  setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "p.svg"));
}

TEST_F(BadInput, WatchForProgress) {
  expect_failure(2, {"run", firmware("hello"), "--hang-cycles", "9999"}, {"--hang-cycles", "'9999'", "10000"});
  expect_failure(2, {"run", firmware("hello"), "--hang-cycles", "20000", "--backend", "model"},
                 {"--hang-cycles", "rtl"});
}

TEST_F(BadInput, UnknownRecipe) {
  expect_failure(2, {"train", "everything"}, {"everything"});
}

class FailedRun : public BadInput, public testing::WithParamInterface<std::string> {
 protected:
  void expect_failed_run(const std::string& program, const std::vector<std::string>& parts) {
    expect_failure(
        1, {"run", firmware(program), "--backend", GetParam(), "--max-cycles", "20000", "--json", "result.json"},
        parts);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "result.json")) << "a partial result was written";
  }
};

TEST_P(FailedRun, IllegalInstruction) {
  expect_failed_run("test_illegal_instruction",
                    {"node (0,0) hart 0", "illegal instruction", "kernel_main", "0xffffffff"});
}

TEST_P(FailedRun, AccessOutOfTheMap) {
  expect_failed_run("test_unmapped_load", {"node (0,0) hart 0", "load access fault", "kernel_main", "0x10000000"});
}

TEST_P(FailedRun, RefusedDescriptor) {
  expect_failed_run("test_bad_descriptor", {"node (0,0) matrix unit", "unknown operation"});
}

TEST_P(FailedRun, KernelThatNeverFinishes) {
  expect_failed_run("test_endless_loop", {"cycle limit", "20000", "node (0,0) hart 0 runs at", "kernel_main"});
}

TEST_P(FailedRun, KernelThatWaitsForever) {
  expect_failed_run("test_semaphore", {"no progress", "node (0,0) hart 0", "semaphore 5", "wait_for_nobody"});
  if (GetParam() == "rtl")
    expect_failed_run("test_semaphore",
                      {"\n  cause: ", "nobody would signal semaphore 5", "\n  last events of node (0,0):\n    cycle ",
                       "hart 0 hart does=semaphore semaphore=5"});
  expect_failed_run("test_wfi", {"no progress", "waits for an interrupt"});
}

INSTANTIATE_TEST_SUITE_P(Backends, FailedRun, testing::Values("rtl", "model"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace dojo::test
