#pragma once
// The options of dojo ttp, and what they say.

#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/commands.hpp"
#include "dojo_hw.hpp"
#include "ttp/bad_line.hpp"

namespace dojo::cli {

void add_ttp_options(CLI::App& command, Options& options, TtpArguments& arguments);

/// Id of the node with this MAC address. Throws InputError, which names the option, if it is none or not a TTP node's.
std::uint32_t node_of_mac(const std::string& option, const std::string& mac);
/// 98:ed:5c:00:01:01
std::string mac_text(std::uint32_t node);

/// Throws InputError if there are options that belong to the other way of running.
void check_ttp_options(const TtpArguments& arguments);

hw::TtpTimers ttp_timers(const TtpArguments& arguments);
ttp::LineFaults ttp_faults(const TtpArguments& arguments);
/// Bytes of a payload on the virtual channel.
std::size_t ttp_payload_bytes(const TtpArguments& arguments);

}  // namespace dojo::cli
