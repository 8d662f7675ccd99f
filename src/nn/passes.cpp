#include "nn/passes.h"

#include "kernels/convolution.h"
#include "nn/byte_batch.h"

#include <algorithm>
#include <cassert>
#include <utility>

// How a network runs its layers, with all fusions between them.
namespace scrawl {

using kernels::image_blocks;
using kernels::image_lanes;

namespace {

/// Layers draw different numbers in one step.
RandomKey key_of(RandomKey key, std::size_t layer) {
  key.sample = static_cast<std::uint32_t>(layer);
  return key;
}

}  // namespace

template <class T>
MatrixView<const T> Passes<T>::forward(MatrixView<const T> input, std::span<T> state, Mode mode,
                                       const RandomKey& key) {
  assert(input.columns() == network_.inputs());
  workspace_.input_ = input;
  workspace_.bytes_ = nullptr;
  workspace_.rows_ = input.rows();
  return run(state, mode, key);
}

template <class T>
MatrixView<const T> Passes<T>::forward(const BasicByteBatch<T>& input, std::span<T> state, Mode mode,
                                       const RandomKey& key) {
  assert(takes_bytes(network_) && input.pixels() == network_.inputs());
  workspace_.input_ = {};
  workspace_.bytes_ = &input;
  workspace_.rows_ = input.images();
  return run(state, mode, key);
}

template <class T>
MatrixView<const T> Passes<T>::run(std::span<T> state, Mode mode, const RandomKey& key) {
  const auto& units = network_.units_;
  const std::size_t rows = workspace_.rows_;
  assert(rows <= workspace_.max_rows_);
  workspace_.mode_ = mode;
  workspace_.key_ = key;
  MatrixView<const T> input = workspace_.input_;
  bool done = false;  // by the layer before
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    auto& output = workspace_.outputs_[i];
    output = {output.data(), rows, output.columns()};
    if (std::exchange(done, false)) {
      input = output;
      continue;
    }
    if (changes_layout(units, i)) {
      auto& changed = workspace_.inputs_[i];
      changed = {changed.data(), rows, changed.columns()};
      change_layout(unit.lanes, input, changed);
      input = changed;
    }
    FastForward<T> pass{{.parameters = unit.parameters.of(network_.parameters()),
                         .state = unit.state.of(network_.state()),
                         .next_state = mode == Mode::train ? unit.state.of(state) : std::span<T>{},
                         .input = input,
                         .sparse_input = i == 0 && workspace_.sparse_input_,
                         .output = output,
                         .scratch = workspace_.scratch_,
                         .saved = unit.saved.of(std::span(workspace_.saved_)),
                         .mode = mode,
                         .key = key_of(key, i),
                         .compute = compute_}};
    if (unit.fast) {
      pass.lanes = unit.lanes;
      if (i == 0) pass.bytes = workspace_.bytes_;
      const bool in_place_next =
          i + 1 < units.size() && workspace_.outputs_[i + 1].data() == output.data() && units[i + 1].fast;
      if (in_place_next && unit.fast_traits.includes_activations)
        pass.activation = units[i + 1].fast->activation(compute_);
      done = pass.activation.function != nullptr;
      unit.fast->fast_forward(pass);
    } else {
      unit.layer->forward(pass);
    }
    input = output;
  }
  if (units.back().lanes) {
    auto& in_rows = workspace_.inputs_.back();
    in_rows = {in_rows.data(), rows, in_rows.columns()};
    change_layout(false, input, in_rows);
  }
  return workspace_.output();
}

/// The fusions of the backward pass: no gradient with respect to the images, activations in place or within
/// the layer after them, and the update inside the weight gradient if there is a `descent`.
template <class T>
void Passes<T>::backward(std::span<T> gradients, bool raw_hidden_error, const kernels::Descent<T>* descent,
                         std::span<T> parameters) {
  const auto& units = network_.units_;
  const std::size_t rows = workspace_.rows_;
  assert(gradients.size() == network_.parameters().size());
  // Of the three buffers, `current` holds the gradient with respect to the outputs of layer i, and `error`
  // what the layer before gets from it: the same, or with raw_hidden_error what came before the activations
  // after layer i.
  std::size_t current = 0;
  std::size_t error = 0;
  bool done = false;  // by the layer after
  const auto free_buffer = [&] {
    std::size_t free = 0;
    while (free == current || free == error) ++free;
    return free;
  };
  const auto change = [&](bool to_lanes, std::size_t width) {
    const auto move = [&](std::size_t from) {
      const std::size_t to = free_buffer();
      change_layout(to_lanes, {workspace_.gradients_[from].data(), rows, width},
                    {workspace_.gradients_[to].data(), rows, width});
      return to;
    };
    const bool same = current == error;
    current = move(current);
    error = same ? current : move(error);
  };
  if (units.back().lanes) change(true, network_.outputs());
  for (std::size_t i = units.size(); i-- > 0;) {
    if (std::exchange(done, false)) continue;
    const Unit& unit = units[i];
    const bool first = i == 0;
    const MatrixView<const T> input = changes_layout(units, i) ? MatrixView<const T>(workspace_.inputs_[i])
                                      : first                  ? workspace_.input_
                                              : MatrixView<const T>(workspace_.outputs_[i - 1]);
    // The raw error does not pass through the derivative of the activation.
    const Elementwise<T> before =
        !first && unit.fast_traits.includes_activations && units[i - 1].fast && !raw_hidden_error
            ? units[i - 1].fast->activation(compute_)
            : Elementwise<T>{};
    // A gradient with respect to the input if `to` is a buffer, and to the parameters if they are given.
    const auto pass = [&](std::size_t from, const std::size_t* to, std::span<T> parameter_gradient) {
      FastBackward<T> fields{
          {.parameters = unit.parameters.of(network_.parameters()),
           .state = unit.state.of(network_.state()),
           .input = input,
           .output = workspace_.outputs_[i],
           .output_gradient = {workspace_.gradients_[from].data(), rows, network_.shapes_[i].size()},
           .input_gradient =
               to ? MatrixView<T>{workspace_.gradients_[*to].data(), rows, input.columns()} : MatrixView<T>{},
           .parameter_gradient = parameter_gradient,
           .scratch = workspace_.scratch_,
           .saved = unit.saved.of(std::span<const T>(workspace_.saved_)),
           .mode = workspace_.mode_,
           .key = key_of(workspace_.key_, i),
           .compute = compute_}};
      if (!unit.fast) return unit.layer->backward(fields);
      fields.lanes = unit.lanes;
      if (first) fields.bytes = workspace_.bytes_;
      fields.activation_before = before;
      if (descent && !parameter_gradient.empty() && unit.fast_traits.descends) {
        fields.descent = descent;
        fields.descending = unit.parameters.of(parameters);
      }
      unit.fast->fast_backward(fields);
    };
    const auto parameter_gradient = unit.parameters.of(gradients);
    const std::size_t next = free_buffer();

    if (unit.traits.elementwise) {
      if (first) break;
      const bool keeps_error = raw_hidden_error && error == current;
      const std::size_t to = keeps_error ? next : current;
      pass(current, &to, {});
      if (!raw_hidden_error) error = to;
      current = to;
    } else {
      if (error == current) {
        pass(current, first ? nullptr : &next, parameter_gradient);
      } else {
        if (!first) pass(error, &next, {});
        pass(current, nullptr, parameter_gradient);
      }
      if (descent && !unit.fast_traits.descends) descend(unit, gradients, *descent, parameters);
      current = error = next;
      done = before.gradient != nullptr;
    }
    if (!first && changes_layout(units, i)) change(units[i - 1].lanes, input.columns());
  }
}

/// The step of a layer that leaves it to the network.
template <class T>
void Passes<T>::descend(const Unit& unit, std::span<T> gradients, const kernels::Descent<T>& descent,
                        std::span<T> parameters) {
  for (const auto& info : unit.infos.of(network_.parameter_infos()))
    compute_.kernels().update_sgd(info.size(),
                                  {.learning_rate = descent.learning_rate,
                                   .l2 = info.kind == ParameterKind::weight ? descent.l2 : T{0}},
                                  gradients.data() + info.offset, parameters.data() + info.offset);
}

/// Samples from rows to lanes, or back, on the way into a layer or, for a gradient, out of it.
template <class T>
void Passes<T>::change_layout(bool to_lanes, MatrixView<const T> from, MatrixView<T> to) {
  const std::size_t width = from.columns();
  const auto& kernels = compute_.kernels();
  compute_.pool().run_ranges(image_blocks(from.rows()), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t block = begin; block < end; ++block) {
      const std::size_t first = block * image_lanes;
      const std::size_t samples = std::min(image_lanes, from.rows() - first);
      if (to_lanes)
        kernels.to_lanes(samples, width, from.data() + first * from.stride(), from.stride(),
                         to.data() + first * width);
      else
        kernels.from_lanes(samples, width, from.data() + first * width, to.data() + first * to.stride(),
                           to.stride());
    }
  });
}

template class Passes<float>;
template class Passes<double>;

}  // namespace scrawl
