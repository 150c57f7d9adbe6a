// Transfer lists: strided copies, gather and scatter, links, waits and signals, channels, rates, faults.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/transfer/random_lists.hpp"
#include "tests/transfer/transfer_helpers.hpp"

namespace dojo::tb {
namespace {

using Op = hw::DescriptorOpTransfer;

constexpr unsigned indices = 19000;  // line of the first index list

/// The 8 bytes at a place of a memory, in units of 8 bytes.
std::uint64_t word(const std::vector<Line>& memory, std::uint64_t place) {
  const Line& line = memory.at(place / 8);
  return line[place % 8 * 2] | std::uint64_t{line[place % 8 * 2 + 1]} << 32;
}

class Lists : public testing::Test {
 protected:
  Lists() { fill(mesh_); }

  static hw::TransferDescriptor copy(Op op, unsigned element_size, unsigned here, unsigned there, unsigned count) {
    hw::TransferDescriptor d = transfer(op, {here, 1, 0, there, count});
    d.element_size = element_size;
    return d;
  }
  static hw::TransferDescriptor wait_for(unsigned semaphore, std::uint32_t amount) {
    hw::TransferDescriptor d{};
    d.op = static_cast<std::uint32_t>(Op::wait);
    d.sem = semaphore;
    d.lines = amount;
    return d;
  }
  static hw::TransferDescriptor signal_to(unsigned node, unsigned semaphore, std::uint32_t amount) {
    hw::TransferDescriptor d = transfer(Op::signal, {0, node, 0, 0, amount});
    d.remote_sem = semaphore;
    return d;
  }
  hw::TransferDescriptor with_indices(unsigned node, hw::TransferDescriptor d, std::uint32_t limit,
                                      const std::vector<std::uint32_t>& list) {
    for (unsigned i = 0; i < list.size(); ++i) mesh_[node].memory.at(indices + i / 16)[i % 16] = list[i];
    d.index_list = address_of(indices);
    d.index_limit = limit;
    return d;
  }
  /// Links descriptors and issues the first; returns its address.
  std::uint32_t issue(unsigned node, std::vector<hw::TransferDescriptor> list, unsigned channel = 0) {
    const std::uint32_t first = address_of(first_descriptor + next_);
    for (unsigned i = 0; i < list.size(); ++i, ++next_) {
      list[i].next_en = i + 1 < list.size() ? 1 : 0;
      list[i].next = address_of(first_descriptor + next_ + 1);
      std::memcpy(mesh_[node].memory.at(first_descriptor + next_).data(), &list[i], sizeof list[i]);
    }
    mesh_[node].commands.push_back(first + channel);
    return first;
  }

  TransferMesh mesh_{{.columns = 2, .rows = 1}};
  unsigned next_ = 0;
};

TEST_F(Lists, StridedPushMovesTwoLoopsOfElementsOfEverySize) {
  for (unsigned size = 3; size <= 6; ++size) {
    const unsigned units = 1U << (size - 3);
    hw::TransferDescriptor d = with_remote_sem(copy(Op::push_strided, size, 100, 5000 + 300 * size, 5), 1);
    d.rows = 7;
    d.local_inner_stride = 3 * 8 * units;
    d.local_outer_stride = 8 * units;
    d.remote_inner_stride = 8 * units;
    d.remote_outer_stride = 40 * 8 * units;
    const auto before = mesh_[1].memory;
    issue(0, {d});
    mesh_.settle(1000);
    std::vector<bool> written(hw::sram_lines * 8);
    for (unsigned row = 0; row < 7; ++row) {
      for (unsigned i = 0; i < 5; ++i) {
        for (unsigned u = 0; u < units; ++u) {
          const std::uint64_t to = (5000 + 300 * size) * 8 + (row * 40 + i) * units + u;
          written[to] = true;
          ASSERT_EQ(word(mesh_[1].memory, to), word(mesh_[0].memory, 100 * 8 + (row + 3 * i) * units + u));
        }
      }
    }
    for (std::uint64_t place = 0; place < written.size(); ++place) {
      if (!written[place]) ASSERT_EQ(word(mesh_[1].memory, place), word(before, place)) << place;
    }
  }
  EXPECT_EQ(mesh_[1].semaphore[1], 4U);
}

TEST_F(Lists, StridedPullIsOneRead) {
  hw::TransferDescriptor d = with_sem(copy(Op::pull_strided, 4, 6000, 200, 6), 2);
  d.rows = 9;
  d.local_inner_stride = 32;
  d.local_outer_stride = 16;
  d.local_outer_stride = 6 * 32;
  d.remote_inner_stride = 64;
  d.remote_outer_stride = 16;
  issue(0, {d});
  mesh_.settle(1000);
  EXPECT_EQ(mesh_.flits_sent(0), 1U);
  EXPECT_EQ(mesh_[0].semaphore[2], 1U);
  for (unsigned row = 0; row < 9; ++row) {
    for (unsigned i = 0; i < 6; ++i) {
      for (unsigned u = 0; u < 2; ++u) {
        ASSERT_EQ(word(mesh_[0].memory, 6000 * 8 + row * 24 + i * 4 + u),
                  word(mesh_[1].memory, 200 * 8 + i * 8 + row * 2 + u));
      }
    }
  }
}

TEST_F(Lists, GatherAndScatterFollowTheirIndices) {
  std::vector<std::uint32_t> list;
  list.reserve(40);
  for (unsigned i = 0; i < 40; ++i) list.push_back((i * 37 + 11) % 101);
  for (unsigned size = 3; size <= 6; ++size) {
    const unsigned units = 1U << (size - 3);
    const auto first = mesh_[0].memory;
    const auto second = mesh_[1].memory;
    const std::uint64_t here = 6000 * 8;
    const std::uint64_t there = 9000 * 8;
    const auto check = [&](const std::vector<Line>& to, std::uint64_t to_place, bool to_index,
                           const std::vector<Line>& from, std::uint64_t from_place, bool from_index) {
      for (unsigned i = 0; i < list.size(); ++i) {
        for (unsigned u = 0; u < units; ++u) {
          ASSERT_EQ(word(to, to_place + (to_index ? list[i] : i) * units + u),
                    word(from, from_place + (from_index ? list[i] : i) * units + u))
              << "size " << size << ", element " << i;
        }
      }
    };
    const auto run = [&](Op op) {
      mesh_[0].memory = first;
      mesh_[1].memory = second;
      issue(0, {with_sem(with_indices(0, copy(op, size, 6000, 9000, 40), 101, list), 5)});
      mesh_.settle(2000);
    };
    run(Op::push_gather);
    check(mesh_[1].memory, there, false, first, here, true);
    run(Op::push_scatter);
    check(mesh_[1].memory, there, true, first, here, false);
    run(Op::pull_gather);
    check(mesh_[0].memory, here, false, second, there, true);
    run(Op::pull_scatter);
    check(mesh_[0].memory, here, true, second, there, false);
  }
  EXPECT_EQ(mesh_[0].semaphore[5], 16U);
  EXPECT_TRUE(mesh_[0].faults.empty());
}

TEST_F(Lists, ALinkedListRunsByItself) {
  std::vector<hw::TransferDescriptor> list;
  list.reserve(50);
  for (unsigned i = 0; i < 50; ++i) list.push_back(push({10 * i, 1, 0, 5000 + 10 * i, 10}));
  list.back() = with_remote_sem(with_sem(list.back(), 1), 2);
  issue(0, list);
  const std::uint64_t cycles = mesh_.settle(2000);
  for (unsigned i = 0; i < 500; ++i) ASSERT_EQ(mesh_[1].memory[5000 + i], pattern(0, i));
  EXPECT_EQ(mesh_[0].semaphore[1], 1U);
  EXPECT_EQ(mesh_[1].semaphore[2], 1U);
  RecordProperty("cycles", static_cast<int>(cycles));
  EXPECT_LE(cycles, 550 / 0.95 + 20);
}

TEST_F(Lists, AListWaitsForASemaphoreAndTakesItsAmount) {
  issue(0, {wait_for(7, 3), with_remote_sem(push({0, 1, 0, 5000, 2}), 1)});
  issue(0, {with_remote_sem(push({0, 1, 0, 6000, 2}), 2)}, 1);
  for (int i = 0; i < 200; ++i) mesh_.step();
  EXPECT_EQ(mesh_[1].semaphore[1], 0U);
  EXPECT_EQ(mesh_[1].semaphore[2], 1U) << "other channels go on";
  EXPECT_TRUE(mesh_.idle()) << "a list that waits keeps nobody awake";
  mesh_[1].stores.push_back({hw::global_address(0, 0, hw::semaphore_value_address(7)), 2, 3});
  mesh_.settle(200);
  EXPECT_EQ(mesh_[1].semaphore[1], 0U);
  mesh_[1].stores.push_back({hw::global_address(0, 0, hw::semaphore_value_address(7)), 2, 3});
  mesh_.settle(200);
  for (int i = 0; i < 50; ++i) mesh_.step();
  EXPECT_EQ(mesh_[1].semaphore[1], 1U);
  EXPECT_EQ(mesh_[0].semaphore[7], 1U);
}

TEST_F(Lists, TwoNodesAnswerEachOtherWithoutHarts) {
  // Each list waits for the other one's signal, 20 times; node 0 begins.
  std::vector<hw::TransferDescriptor> first;
  std::vector<hw::TransferDescriptor> second;
  for (unsigned i = 0; i < 20; ++i) {
    first.push_back(signal_to(1, 3, 5));
    first.push_back(wait_for(4, 6));
    second.push_back(wait_for(3, 5));
    second.push_back(signal_to(0, 4, 6));
  }
  first.push_back(with_remote_sem(push({0, 1, 0, 5000, 1}), 9));
  issue(0, first);
  next_ = 100;
  issue(1, second);
  for (int i = 0; i < 2000 && mesh_[1].semaphore[9] == 0; ++i) mesh_.step();
  EXPECT_EQ(mesh_[1].semaphore[9], 1U);
  EXPECT_EQ(mesh_[0].semaphore[4] + mesh_[1].semaphore[3], 0U);
}

TEST_F(Lists, ChannelsShareTheLinkEqually) {
  std::array<std::uint64_t, 4> ended{};
  mesh_.set_on_count([&](unsigned node, unsigned semaphore) {
    if (node == 0) ended.at(semaphore) = mesh_.cycle();
  });
  for (unsigned c = 0; c < 4; ++c) issue(0, {with_sem(push({1000 * c, 1, 0, 5000 + 1000 * c, 500}), c)}, c);
  EXPECT_LE(mesh_.settle(5000), 2000 / 0.95 + 30);
  for (unsigned c = 0; c < 4; ++c) EXPECT_NEAR(static_cast<double>(ended.at(c)), static_cast<double>(ended[0]), 30.0);
  for (unsigned c = 0; c < 4; ++c) {
    for (unsigned i = 0; i < 500; ++i) ASSERT_EQ(mesh_[1].memory[5000 + 1000 * c + i], pattern(0, 1000 * c + i));
  }
}

TEST_F(Lists, IndexedAndStridedCopiesSustainNearlyOneElementPerCycle) {
  constexpr unsigned count = 2000;
  std::vector<std::uint32_t> list(count);
  for (unsigned i = 0; i < count; ++i) list[i] = (i * 7919) % 3001;
  const auto cycles = [&](hw::TransferDescriptor d) {
    issue(0, {d});
    return mesh_.settle(20 * count);
  };
  const std::uint64_t gather = cycles(with_indices(0, copy(Op::push_gather, 6, 0, 8000, count), 3001, list));
  const std::uint64_t small = cycles(with_indices(0, copy(Op::push_scatter, 3, 0, 8000, count), 3001, list));
  const std::uint64_t pulled = cycles(with_indices(0, copy(Op::pull_gather, 6, 8000, 0, count), 3001, list));
  hw::TransferDescriptor strided = copy(Op::pull_strided, 3, 8000, 0, 8);
  strided.rows = count / 8;
  strided.local_inner_stride = 8;
  strided.local_outer_stride = 64;
  strided.remote_inner_stride = 64;
  strided.remote_outer_stride = 64;
  const std::uint64_t columns = cycles(strided);
  RecordProperty("push_gather", static_cast<int>(gather));
  RecordProperty("push_scatter", static_cast<int>(small));
  RecordProperty("pull_gather", static_cast<int>(pulled));
  RecordProperty("pull_strided", static_cast<int>(columns));
  // The list is read twice, 16 indices per line; its check takes three cycles per line.
  EXPECT_LE(gather, count * 1.40);
  EXPECT_LE(small, count * 1.40);
  EXPECT_LE(pulled, count * 1.40);
  EXPECT_LE(columns, count * 1.10 + 30);
}

TEST_F(Lists, AFaultEndsItsListAndNothingElse) {
  const std::uint32_t first = issue(0,
                                    {with_remote_sem(push({0, 1, 0, 5000, 20}), 1), push({0, 1, 0, 5100, 0}),
                                     with_remote_sem(push({0, 1, 0, 5200, 2}), 2)},
                                    2);
  issue(0, {with_remote_sem(push({0, 1, 0, 5300, 3}), 3)}, 2);
  issue(0, {with_remote_sem(push({0, 1, 0, 5400, 100}), 4)}, 1);
  mesh_.settle(1000);
  ASSERT_EQ(mesh_[0].faults.size(), 1U);
  EXPECT_EQ(mesh_[0].faults[0], (Fault{hw::UnitFault::count, first + 64, 2, 1}));
  EXPECT_EQ(mesh_[1].semaphore[1], 1U) << "what came before the fault";
  EXPECT_EQ(mesh_[1].semaphore[2], 0U) << "the rest of the list";
  EXPECT_EQ(mesh_[1].semaphore[3], 1U) << "the next list of the channel";
  EXPECT_EQ(mesh_[1].semaphore[4], 1U) << "another channel";
  EXPECT_EQ(mesh_[1].memory[5200], pattern(1, 5200));
}

TEST_F(Lists, ABadLinkIsAFaultOfItsOwnAddress) {
  auto d = with_remote_sem(push({0, 1, 0, 5000, 1}), 1);
  issue(0, {d, d});
  mesh_[0].memory[first_descriptor][3] = 0x1234;  // next
  mesh_.settle(500);
  ASSERT_EQ(mesh_[0].faults.size(), 1U);
  EXPECT_EQ(mesh_[0].faults[0], (Fault{hw::UnitFault::descriptor_address, 0x1234, 0, 3}));
  EXPECT_EQ(mesh_[1].semaphore[1], 1U);
}

TEST_F(Lists, AnIndexOutOfRangeIsFoundBeforeTheFirstByteMoves) {
  for (const unsigned bad : {0U, 15U, 16U, 99U}) {
    std::vector<std::uint32_t> list(100, 5);
    list[bad] = 50;
    for (const Op op : {Op::push_gather, Op::push_scatter, Op::pull_gather, Op::pull_scatter}) {
      const std::uint64_t sent = mesh_.flits_sent(0);
      mesh_[0].faults.clear();
      issue(0, {with_indices(0, copy(op, 3, 6000, 9000, 100), 50, list)});
      mesh_.settle(500);
      ASSERT_EQ(mesh_[0].faults.size(), 1U);
      EXPECT_EQ(mesh_[0].faults[0].cause, hw::UnitFault::index);
      EXPECT_EQ(mesh_.flits_sent(0), sent);
    }
  }
  // The next one is not harmed.
  issue(0, {with_sem(with_indices(0, copy(Op::push_gather, 3, 6000, 9000, 3), 50, {49, 0, 7}), 1)});
  mesh_.settle(500);
  EXPECT_EQ(mesh_[0].semaphore[1], 1U);
}

struct BadList {
  const char* name;
  void (*spoil)(hw::TransferDescriptor&);
  hw::UnitFault cause;
};

TEST_F(Lists, MalformedDescriptorsAreRefused) {
  const BadList strided[] = {{"inner stride", [](auto& d) { d.local_inner_stride = 4; }, hw::UnitFault::alignment},
                             {"outer stride", [](auto& d) { d.remote_outer_stride = 9; }, hw::UnitFault::alignment},
                             {"address", [](auto& d) { d.local_address += 8; }, hw::UnitFault::alignment},
                             {"no rows", [](auto& d) { d.rows = 0; }, hw::UnitFault::count},
                             {"too many rows", [](auto& d) { d.rows = 0x80000000; }, hw::UnitFault::range},
                             {"too many elements", [](auto& d) { d.lines = 1U << 19; }, hw::UnitFault::range},
                             {"far", [](auto& d) { d.remote_outer_stride = 0x140000; }, hw::UnitFault::range},
                             {"very far", [](auto& d) { d.remote_outer_stride = 0xfffffff0; }, hw::UnitFault::range},
                             {"element of 4 bytes", [](auto& d) { d.element_size = 2; }, hw::UnitFault::element_size},
                             {"element of 128 bytes",
                              [](auto& d) {
                                d.element_size = 7;
                                d.local_address = address_of(0);
                                d.remote_address_low = address_of(0);
                                d.local_inner_stride = d.local_outer_stride = d.remote_inner_stride =
                                    d.remote_outer_stride = 128;
                              },
                              hw::UnitFault::element_size},
                             {"remote", [](auto& d) { d.remote_address_high = 0; }, hw::UnitFault::remote_address}};
  unsigned expected = 0;
  for (const BadList& bad : strided) {
    hw::TransferDescriptor d = copy(Op::push_strided, 4, 100, 5000, 5);
    d.rows = 2;
    d.local_inner_stride = d.local_outer_stride = d.remote_inner_stride = d.remote_outer_stride = 16;
    bad.spoil(d);
    issue(0, {d});
    mesh_.settle(500);
    ASSERT_EQ(mesh_[0].faults.size(), ++expected) << bad.name;
    EXPECT_EQ(mesh_[0].faults.back().cause, bad.cause) << bad.name << ": " << to_string(mesh_[0].faults.back().cause);
    model::Node node({0, 0});
    node.write_memory(address_of(0), std::as_bytes(std::span(&d, 1)));
    model::execute_descriptor(node, hw::Unit::transfer, address_of(0));
    ASSERT_TRUE(node.unit_fault().has_value()) << bad.name;
    EXPECT_EQ(node.unit_fault()->cause, bad.cause) << bad.name << " in the model";
  }
  const BadList indexed[] = {
      {"list", [](auto& d) { d.index_list += 4; }, hw::UnitFault::alignment},
      {"no limit", [](auto& d) { d.index_limit = 0; }, hw::UnitFault::count},
      {"list outside", [](auto& d) { d.index_list = address_of(hw::sram_lines - 1); }, hw::UnitFault::range},
      {"table outside", [](auto& d) { d.index_limit = hw::sram_size / 8; }, hw::UnitFault::range},
      {"packed side outside", [](auto& d) { d.remote_address_low = address_of(hw::sram_lines - 1); },
       hw::UnitFault::range},
      {"semaphore of a pull",
       [](auto& d) {
         d.op = static_cast<std::uint32_t>(Op::pull_gather);
         d.remote_sem_en = 1;
       },
       hw::UnitFault::opcode}};
  for (const BadList& bad : indexed) {
    hw::TransferDescriptor d = with_indices(0, copy(Op::push_gather, 3, 100, 5000, 17), 50, {1, 2, 3});
    bad.spoil(d);
    issue(0, {d});
    mesh_.settle(500);
    ASSERT_EQ(mesh_[0].faults.size(), ++expected) << bad.name;
    EXPECT_EQ(mesh_[0].faults.back().cause, bad.cause) << bad.name << ": " << to_string(mesh_[0].faults.back().cause);
  }
  EXPECT_EQ(mesh_.flits_sent(0), 0U);
}

TEST_F(Lists, AnUncorrectableLineIsReportedToBothEndsAndEndsTheList) {
  mesh_[0].bad_lines = {103};
  const std::uint32_t first =
      issue(0, {with_remote_sem(with_sem(push({100, 1, 0, 5000, 20}), 1), 2), with_sem(push({0, 1, 0, 6000, 1}), 3)});
  issue(0, {with_sem(push({0, 1, 0, 7000, 1}), 4)});
  mesh_.settle(500);
  ASSERT_EQ(mesh_[0].faults.size(), 1U);
  EXPECT_EQ(mesh_[0].faults[0], (Fault{hw::UnitFault::uncorrectable, first, 0, 3}));
  EXPECT_EQ(mesh_[1].memory[5002], pattern(0, 102));
  EXPECT_EQ(mesh_[1].memory[5003], pattern(1, 5003));
  EXPECT_EQ(mesh_[0].semaphore[1] + mesh_[1].semaphore[2] + mesh_[0].semaphore[3], 0U);
  EXPECT_EQ(mesh_[0].semaphore[4], 1U);
  ASSERT_EQ(mesh_[1].reported.size(), 1U);
  EXPECT_EQ(mesh_[1].reported[0].kind, hw::AccessKind::uncorrectable);
  EXPECT_EQ(mesh_[1].reported[0].address, address_of(103));
  EXPECT_EQ(mesh_[1].reported[0].x, 0U);
}

TEST_F(Lists, AnUncorrectableLineUnderServiceIsReportedToTheReader) {
  mesh_[1].bad_lines = {205};
  issue(0, {with_sem(pull({5000, 1, 0, 200, 10}), 1), with_sem(pull({6000, 1, 0, 300, 2}), 2)});
  mesh_.settle(500);
  EXPECT_EQ(mesh_[0].semaphore[1], 0U) << "not all has come";
  EXPECT_EQ(mesh_[0].semaphore[2], 1U);
  EXPECT_EQ(mesh_[0].memory[5004], pattern(1, 204));
  EXPECT_EQ(mesh_[0].memory[5005], pattern(0, 5005));
  EXPECT_EQ(mesh_[0].memory[5006], pattern(1, 206));
  ASSERT_EQ(mesh_[0].reported.size(), 1U);
  EXPECT_EQ(mesh_[0].reported[0].address, address_of(205));
  EXPECT_TRUE(mesh_[1].faults.empty());
}

TEST_F(Lists, AnUncorrectableDescriptorOrIndexListIsRefused) {
  const std::uint32_t first = issue(0, {push({0, 1, 0, 5000, 1})});
  mesh_[0].bad_lines = {first_descriptor, indices + 1};
  issue(0, {with_indices(0, copy(Op::push_gather, 3, 100, 5000, 20), 50, std::vector<std::uint32_t>(20, 1))}, 1);
  mesh_.settle(500);
  ASSERT_EQ(mesh_[0].faults.size(), 2U);
  EXPECT_EQ(mesh_[0].faults[0].cause, hw::UnitFault::uncorrectable);
  EXPECT_EQ(mesh_[0].faults[1].cause, hw::UnitFault::uncorrectable);
  EXPECT_TRUE(mesh_[0].faults[0].address == first || mesh_[0].faults[1].address == first);
  EXPECT_EQ(mesh_.flits_sent(0), 0U);
}

class RandomList : public testing::TestWithParam<RandomMesh> {};

TEST_P(RandomList, LeavesWhatTheModelLeaves) {
  const RandomMesh& s = GetParam();
  TransferMesh mesh(s.options());
  RandomLists lists(mesh, s.columns, s.seed);
  lists.add(60 * s.columns * s.rows);
  mesh.settle(400000);
  for (int i = 0; i < 200; ++i) mesh.step();
  EXPECT_EQ(lists.difference(), "");
}

INSTANTIATE_TEST_SUITE_P(Meshes, RandomList,
                         testing::Values(RandomMesh{1, 1, 0, 1}, RandomMesh{2, 1, 0, 2}, RandomMesh{2, 1, 0.4, 3},
                                         RandomMesh{2, 2, 0, 4}, RandomMesh{2, 2, 0.7, 5}, RandomMesh{3, 2, 0.2, 6}));

}  // namespace
}  // namespace dojo::tb
