#pragma once
// The small die-edge link of these tests, with a scoreboard behind it.

#include <array>

#include <gtest/gtest.h>

#include "Vedge_small.h"
#include "tb/noc/scoreboard.hpp"
#include "tb/tile/edge_pair.hpp"

namespace dojo::tb {

// As in CMakeLists.txt.
constexpr unsigned small_ports = 3;
constexpr unsigned small_slots = 2;
constexpr unsigned small_queue_depth = 64;
constexpr unsigned small_timeout = 150;
constexpr unsigned small_retries = 4;
constexpr unsigned small_flight = 10;

constexpr std::array<hw::PacketClass, 2> both_classes{hw::PacketClass::request, hw::PacketClass::data};

struct SmallOptions {
  double bit_error_rate = 0;
  double drop_rate = 0;
  std::uint64_t seed = 1;
  int reset_seed = 1;
};

class SmallPair : public EdgePair<Vedge_small> {
 public:
  explicit SmallPair(const SmallOptions& options = {})
      : EdgePair({.ports = small_ports,
                  .slots = small_slots,
                  .flight = small_flight,
                  .bit_error_rate = options.bit_error_rate,
                  .drop_rate = options.drop_rate,
                  .seed = options.seed,
                  .reset_seed = options.reset_seed}) {
    set_sink([this](unsigned node, const Packet& packet, std::uint64_t) {
      scoreboard.deliver(node, packet);
      ++received.at(node).at(static_cast<unsigned>(packet.header.cls));
    });
  }

  [[nodiscard]] unsigned opposite(unsigned node) const { return (node + ports()) % nodes(); }
  void send(unsigned node, hw::PacketClass cls) { offer(node, scoreboard.make(node, opposite(node), cls)); }

  /// Everything has arrived as it was sent, and every credit is back.
  void expect_clean() const {
    for (const std::string& error : scoreboard.errors()) ADD_FAILURE() << error;
    EXPECT_EQ(scoreboard.outstanding(), 0U);
    expect_credits();
  }
  void expect_credits() const {
    for (unsigned node = 0; node < nodes(); ++node) {
      for (unsigned c = 0; c < edge_classes; ++c)
        EXPECT_EQ(credits(node, c), hw::router_depth) << node << " class " << c;
    }
  }

  Scoreboard scoreboard{small_ports};
  std::array<std::array<std::uint64_t, edge_classes>, edge_ends * small_ports> received{};
};

}  // namespace dojo::tb
