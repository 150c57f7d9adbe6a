#include "model/guard.hpp"

namespace dojo::model {
namespace {

constexpr std::uint64_t rectangle_bits = 0x07ff07ff07ff07ff;
constexpr std::uint64_t scrub_bits = 0x7fffffff;

/// The element of a register array at `offset`, or null.
template <std::size_t Count>
const std::uint64_t* element(const std::array<std::uint64_t, Count>& array, std::uint64_t first, std::uint64_t offset) {
  const std::uint64_t distance = offset - first;
  return distance % 8 == 0 && distance / 8 < Count ? &array[distance / 8] : nullptr;
}

constexpr unsigned field(std::uint64_t value, unsigned lsb) {
  return static_cast<unsigned>(value >> lsb) & 0x7ff;
}

}  // namespace

const std::uint64_t* Guard::find(std::uint64_t offset) const {
  switch (offset) {
    case hw::control_ecc_error_offset:
      return &ecc_error_;
    case hw::control_ecc_corrected_offset:
      return &corrected_;
    case hw::control_ecc_uncorrectable_offset:
      return &uncorrectable_;
    case hw::control_ecc_inject_mask_offset:
      return &inject_mask_;
    case hw::control_scrub_period_offset:
      return &scrub_period_;
    case hw::control_access_error_offset:
      return &access_error_;
    case hw::control_access_refused_offset:
      return &access_refused_;
    case hw::control_remote_error_offset:
      return &remote_error_;
    case hw::control_remote_refused_offset:
      return &remote_refused_;
    case hw::control_reports_lost_offset:
      return &reports_lost_;
    case hw::control_protect_enable_offset:
      return &protects_;
    default:
      break;
  }
  if (const auto* fault = element(list_fault_, hw::control_list_fault_offset, offset)) return fault;
  if (const auto* range = element(range_, hw::control_protect_range_offset, offset)) return range;
  if (const auto* rectangle = element(rectangle_, hw::control_protect_rectangle_offset, offset)) return rectangle;
  return element(rights_, hw::control_protect_rights_offset, offset);
}

bool Guard::load(std::uint64_t offset, std::uint64_t& value) const {
  const std::uint64_t* const found = find(offset);
  if (found == nullptr) return false;
  value = *found;
  return true;
}

bool Guard::store(std::uint64_t offset, std::uint64_t value) {
  auto* const found = const_cast<std::uint64_t*>(find(offset));
  if (found == nullptr || found == &corrected_ || found == &uncorrectable_ || found == &access_refused_ ||
      found == &remote_refused_ || found == &reports_lost_) {
    return false;
  }
  if (found == &inject_mask_ || element(range_, hw::control_protect_range_offset, offset) != nullptr) {
    *found = value;
  } else if (found == &scrub_period_) {
    *found = value & scrub_bits;
  } else if (found == &protects_) {
    *found = value & 1;
  } else if (element(rectangle_, hw::control_protect_rectangle_offset, offset) != nullptr) {
    *found = value & rectangle_bits;
  } else if (element(rights_, hw::control_protect_rights_offset, offset) != nullptr) {
    *found = value & 0xf;
  } else {
    *found = 0;  // an error register
    if (found == &ecc_error_) ecc_local_ = false;
  }
  return true;
}

bool Guard::permits(unsigned x, unsigned y, hw::AccessKind kind, std::uint64_t first, std::uint64_t last) const {
  if (protects_ == 0) return true;
  for (unsigned e = 0; e < entries; ++e) {
    if ((rights_[e] >> static_cast<unsigned>(kind) & 1) != 0 && first >= (range_[e] & 0xffffffff) &&
        last <= range_[e] >> 32 && x >= field(rectangle_[e], 0) && x <= field(rectangle_[e], 32) &&
        y >= field(rectangle_[e], 16) && y <= field(rectangle_[e], 48)) {
      return true;
    }
  }
  return false;
}

void Guard::refused(const hw::AccessError& error) {
  ++access_refused_;
  if (access_error_ == 0) access_error_ = error.encode();
}

void Guard::reported(const hw::AccessError& error) {
  ++remote_refused_;
  if (remote_error_ == 0) remote_error_ = error.encode();
}

void Guard::uncorrectable(std::uint32_t address, hw::SramPort port) {
  ++uncorrectable_;
  // The transfer engine tells the node that the line was for, and the hart whose list it was.
  if (port != hw::SramPort::network_read) ecc_local_ = true;
  if (ecc_error_ == 0) ecc_error_ = valid | (static_cast<std::uint64_t>(port) << 32) | address;
}

void Guard::list_fault(unsigned channel, unsigned hart, hw::UnitFault cause, std::uint32_t address) {
  if (list_fault_[channel] != 0) return;
  list_fault_[channel] = valid | (std::uint64_t{hart} << 40) | (static_cast<std::uint64_t>(cause) << 32) | address;
}

bool Guard::interrupts(unsigned hart) const {
  if (((ecc_error_ | access_error_ | remote_error_) & valid) != 0) return true;
  for (const std::uint64_t fault : list_fault_) {
    if (fault != 0 && (fault >> 40 & 3) == hart) return true;
  }
  return false;
}

}  // namespace dojo::model
