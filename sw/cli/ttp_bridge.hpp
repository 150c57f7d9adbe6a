#pragma once
// dojo ttp with --tap or --udp.

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"

namespace dojo::cli {

/// One endpoint whose line leaves the simulation. Throws dojo::RunError if not all payloads went as asked.
int run_ttp_bridge(Session& session, const TtpArguments& arguments, nlohmann::ordered_json& results);

}  // namespace dojo::cli
