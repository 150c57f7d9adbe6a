// The list of a step: values are made when they are needed, gradients when all consumers have contributed.

#include <algorithm>

#include "network/nodes/sequence_plan.hpp"

namespace dojo::network {

void SequencePlan::build() {
  clear();
  buffers_ = 0;
  apart_ = false;
  for (sequence_ = 0; sequence_ < samples_; ++sequence_) pass(sequence_ + 1 == samples_);
  update();
  add(NETWORK_END);
}

/// One sequence, forward and backward.
void SequencePlan::pass(bool last) {
  instances_.assign(graph_.last_value() + 1, {});
  gradients_.assign(graph_.last_value() + 1, std::nullopt);
  loss();
  for (std::size_t value = inputs_; value < instances_.size(); ++value) {
    if (again_[value]) instances_[value] = {};
  }
  for (std::size_t value = graph_.last_value(); value >= inputs_; --value) {
    if (gradients_[value]) stage(value).backward(*this);
  }
  flush();
  exchange(buckets_.size() - 1, !last);
}

void SequencePlan::loss() {
  const std::size_t value = graph_.last_value();
  const Matrix logits = matrix(value, Form::fp32);
  const BufferId gradient = buffer(columns(value), Form::bf16);
  const std::size_t first = sequence_ * length_ * sizeof(std::uint32_t);
  network_operation& operation = harts(NETWORK_CROSS_ENTROPY);
  operation.cross_entropy = {.rows = word(rows()),
                             .classes = word(classes_),
                             .logits = at(logits.buffer),
                             .labels = word(labels_ + first),
                             .losses = word(losses_ + first),
                             .gradient = at(gradient)};
  contribute(value, {.buffer = gradient, .form = Form::bf16});
}

BufferId SequencePlan::buffer(std::size_t bytes) {
  if (buffers_ == uses_.size()) uses_.emplace_back();
  // In the second build lives are known.
  uses_[buffers_].bytes = (bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
  uses_[buffers_].first = uses_[buffers_].last = length() == 0 ? 0 : length() - 1;
  return buffers_++;
}

BufferId SequencePlan::buffer(std::size_t columns, Form form) {
  return buffer(rows() * columns * tile_bytes(form));
}

void SequencePlan::touch(BufferId buffer) {
  uses_[buffer].last = length() == 0 ? 0 : length() - 1;
}

std::uint32_t SequencePlan::at(BufferId buffer) {
  touch(buffer);
  return word(arena_ + uses_[buffer].offset);
}

network_operation& SequencePlan::harts(network_kind kind, bool beside) {
  if (!beside) settle();
  if (apart_) barrier();
  apart_ = true;
  return add(kind);
}

std::size_t SequencePlan::product(hw::MatrixDescriptor descriptor, std::initializer_list<BufferId> used,
                                  bool parameters) {
  if (apart_) barrier();
  apart_ = false;
  const std::size_t number = issue(descriptor);
  for (const BufferId buffer : used) touch(buffer);
  pending_.push_back({.product = number, .used = used, .parameters = parameters});
  return number;
}

void SequencePlan::finish(std::size_t product) {
  wait_for(product);
  while (!pending_.empty() && pending_.front().product <= product) {
    for (const BufferId buffer : pending_.front().used) touch(buffer);
    pending_.erase(pending_.begin());
    apart_ = true;
  }
}

/// Two places for what the others send are enough, by turns: node i of a group sends partial results e + 1 when it has
/// those numbered e of its peers, who send them when they have made sum e - 1.
void SequencePlan::sum_groups(Matrix partial, std::size_t columns) {
  const std::uint64_t receive = partials_ + exchanges() % 2 * partials_bytes_;
  sum_partials(send_partials(
      {.tiles = rows() * columns, .bf16 = partial.form == Form::bf16, .own = at(partial.buffer), .receive = receive}));
  touch(partial.buffer);
  apart_ = false;
}

void SequencePlan::settle() {
  const auto last = std::find_if(pending_.rbegin(), pending_.rend(), [](const Pending& p) { return !p.parameters; });
  if (last != pending_.rend()) finish(last->product);
}

std::optional<BufferId>& SequencePlan::held(std::size_t value, Form form) {
  return form == Form::bf16 ? instances_[value].bf16 : instances_[value].fp32;
}

Matrix SequencePlan::convert(Matrix matrix, std::size_t columns, Form form) {
  const Matrix result{.buffer = buffer(columns, form), .form = form};
  const std::uint32_t tiles = word(rows() * columns);
  if (form == Form::bf16) {
    network_operation& operation = harts(NETWORK_ROUND);
    operation.values = {.tiles = tiles, .x = at(matrix.buffer), .gradient = 0, .d = at(result.buffer)};
  } else {
    network_operation& operation = harts(NETWORK_ADD);
    operation.add = {.tiles = tiles,
                     .a = at(matrix.buffer),
                     .a_fp32 = matrix.form == Form::fp32 ? 1U : 0U,
                     .b = 0,
                     .b_fp32 = 0,
                     .d = at(result.buffer)};
  }
  return result;
}

Matrix SequencePlan::matrix(std::size_t value, Form form) {
  if (const auto& there = held(value, form)) return {.buffer = *there, .form = form};
  const Form other = form == Form::bf16 ? Form::fp32 : Form::bf16;
  Matrix result;
  if (const auto& there = held(value, other)) {
    result = {.buffer = *there, .form = other};
  } else {
    result = stage(value).forward(*this, form);
    held(value, result.form) = result.buffer;
  }
  if (result.form == form) return result;
  result = convert(result, columns(value), form);
  held(value, form) = result.buffer;
  return result;
}

Matrix SequencePlan::matrix(std::size_t value) {
  for (const Form form : {Form::fp32, Form::bf16}) {
    if (const auto& there = held(value, form)) return {.buffer = *there, .form = form};
  }
  const Matrix result = stage(value).forward(*this, Form::fp32);
  held(value, result.form) = result.buffer;
  return result;
}

Form SequencePlan::contribution_form(std::size_t value) const {
  return consumers_[value] > 1 || gradients_[value] ? Form::fp32 : stage(value).gradient_form();
}

Matrix SequencePlan::gradient(std::size_t value, Form form) {
  const Matrix sum = *gradients_[value];
  return sum.form == form ? sum : convert(sum, columns(value), form);
}

void SequencePlan::contribute(std::size_t value, Matrix part) {
  std::optional<Matrix>& sum = gradients_[value];
  if (!sum) {
    const Form form = contribution_form(value);
    sum = part.form == form ? part : convert(part, columns(value), form);
    return;
  }
  network_operation& operation = harts(NETWORK_ADD);
  operation.add = {.tiles = word(rows() * columns(value)),
                   .a = at(sum->buffer),
                   .a_fp32 = 1,
                   .b = at(part.buffer),
                   .b_fp32 = part.form == Form::fp32 ? 1U : 0U,
                   .d = at(sum->buffer)};
}

void SequencePlan::distribute(const std::vector<std::size_t>& values, Matrix gradient) {
  // One of them can have the matrix itself, when the others have taken of it what they need.
  const auto heir = std::ranges::find_if(
      values, [&](std::size_t value) { return !gradients_[value] && contribution_form(value) == gradient.form; });
  for (auto value = values.begin(); value != values.end(); ++value) {
    if (value == heir) continue;
    const bool copy = !gradients_[*value];
    contribute(*value, copy ? convert(gradient, columns(*value), contribution_form(*value)) : gradient);
  }
  if (heir != values.end()) contribute(*heir, gradient);
}

std::uint32_t SequencePlan::weight_gradient() {
  flush();
  return word(staging_);
}

void SequencePlan::exchange(const ParameterPlace& place) {
  made_ = place.bucket;
}

void SequencePlan::flush() {
  if (made_) exchange(*made_, true);
  made_.reset();
}

void SequencePlan::exchange(std::size_t bucket, bool more) {
  finish(issued());
  if (apart_) barrier();
  sum(bucket, sequence_ > 0, more);
  apart_ = !more;
}

}  // namespace dojo::network
