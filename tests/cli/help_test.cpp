// Help and info.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "subprocess.hpp"

namespace dojo::test {
namespace {

class Help : public testing::Test {
 protected:
  Result run(const std::vector<std::string>& arguments) { return run_dojo(arguments, folder_.path()); }
  TemporaryFolder folder_;
};

TEST_F(Help, EveryCommandExplainsItselfWithAnExample) {
  const std::vector<std::vector<std::string>> commands{{"--help"},
                                                       {"help"},
                                                       {"train", "--help"},
                                                       {"run", "--help"},
                                                       {"bench", "--help"},
                                                       {"info", "--help"},
                                                       {"ttp", "--help"},
                                                       {"report", "--help"},
                                                       {"help", "train"},
                                                       {"help", "run"},
                                                       {"help", "bench"},
                                                       {"help", "info"},
                                                       {"help", "ttp"},
                                                       {"help", "help"},
                                                       {"help", "--help"},
                                                       {"bench", "conv", "--help"},
                                                       {"bench", "gemm", "--help"},
                                                       {"bench", "noc", "--help"},
                                                       {"bench", "sim", "--help"},
                                                       {"bench", "transfer", "--help"}};
  for (const auto& command : commands) {
    const Result result = run(command);
    EXPECT_EQ(result.exit_code, 0) << command.front();
    EXPECT_NE(result.output.find("Example: dojo "), std::string::npos) << command.front() << ": " << result.output;
    EXPECT_EQ(result.errors, "");
  }
}

TEST_F(Help, ListsTheCommands) {
  const Result result = run({"help"});
  for (const char* command : {"train", "run", "bench", "ttp", "report", "info", "help"}) {
    EXPECT_NE(result.output.find(std::string("\n  ") + command), std::string::npos) << result.output;
  }
}

TEST_F(Help, ListsTheCommonOptions) {
  const Result result = run({"run", "--help"});
  for (const char* option : {"--backend",
                             "--mesh",
                             "--die",
                             "--dies",
                             "--tile",
                             "--memory",
                             "--machine",
                             "--edge-bit-errors",
                             "--edge-drops",
                             "--dead ",
                             "--dead-links",
                             "--threads",
                             "--seed",
                             "--max-cycles",
                             "--json",
                             "--wave ",
                             "--wave-on",
                             "--wave-cycles",
                             "--wave-file",
                             "--wave-node",
                             "--quiet",
                             "--harts",
                             "--snapshot-every",
                             "--snapshot-dir",
                             "--resume"}) {
    EXPECT_NE(result.output.find(option), std::string::npos) << option;
  }
}

TEST_F(Help, InfoTellsTheConfiguration) {
  const Result text = run({"info"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.output.find("1280 KiB"), std::string::npos) << text.output;
  const Result json = run({"info", "--json", "-"});
  const auto parsed = nlohmann::json::parse(json.output);
  EXPECT_EQ(parsed.at("harts"), 4);
  EXPECT_EQ(parsed.at("sram_bytes"), 1310720);
  EXPECT_EQ(parsed.at("edge_latency_cycles"), 200);
  EXPECT_EQ(parsed.at("matrix_formats"), nlohmann::json::array({"bf16", "cf8_143", "cf8_152"}));
}

}  // namespace
}  // namespace dojo::test
