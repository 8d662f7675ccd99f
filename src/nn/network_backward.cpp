#include "scrawl/network.h"

#include "kernels/kernels.h"
#include "nn/network_parts.h"

#include <cassert>
#include <utility>
#include <vector>

namespace scrawl {

/// The fusions of the backward pass stand here: no gradient by the images themselves, activations in place or
/// within the layer behind them, and the update inside the weight gradient where there is a `descent`.
template <class T>
void BasicNetwork<T>::propagate(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                                std::span<T> gradients, HiddenError hidden_error,
                                const kernels::Descent<T>* descent, std::span<T> descending) const {
  assert(gradients.size() == parameters_.size());
  // Of the three buffers, `current` holds the gradient by the outputs of layer i, and `error` what the layer
  // before gets from it: the same, or with HiddenError::raw what came before the activations behind layer i.
  std::size_t current = 0;
  std::size_t error = 0;
  bool done = false;  // by the layer behind
  const auto change = [&](bool to_lanes, std::size_t width) {
    const auto move = [&](std::size_t from) {
      std::size_t to = 0;
      while (to == current || to == error) ++to;
      change_layout(to_lanes, {workspace.gradients_[from].data(), workspace.rows_, width},
                    {workspace.gradients_[to].data(), workspace.rows_, width}, compute);
      return to;
    };
    const bool same = current == error;
    current = move(current);
    error = same ? current : move(error);
  };
  if (in_lanes_.back()) change(true, outputs());
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (std::exchange(done, false)) continue;
    const auto& layer = *layers_[i];
    const Place& place = places_[i];
    const bool first = i == 0;
    const MatrixView<const T> input = changes_layout(i) ? MatrixView<const T>(workspace.inputs_[i])
                                      : first           ? workspace.input_
                                                        : MatrixView<const T>(workspace.outputs_[i - 1]);
    // Without its derivative, hidden_error asks for what lies behind the activation.
    const Elementwise<T> before = !first && layer.includes_activations() && hidden_error != HiddenError::raw
                                      ? layers_[i - 1]->activation(compute)
                                      : Elementwise<T>{};
    // A gradient by the inputs where `to` is a buffer, and by the parameters where they are given.
    const auto pass = [&](std::size_t from, const std::size_t* to, std::span<T> parameter_gradient) {
      const bool step = descent != nullptr && !parameter_gradient.empty() && layer.descends();
      layer.backward(
          {.parameters = std::span(parameters_).subspan(place.parameters, place.parameter_count),
           .state = std::span(state_).subspan(place.state, place.state_count),
           .input = input,
           .output = workspace.outputs_[i],
           .output_gradient = {workspace.gradients_[from].data(), workspace.rows_, shapes_[i].size()},
           .input_gradient =
               to ? MatrixView<T>{workspace.gradients_[*to].data(), workspace.rows_, input.columns()}
                  : MatrixView<T>{},
           .parameter_gradient = parameter_gradient,
           .scratch = workspace.scratch_,
           .mode = workspace.mode_,
           .key = key_of(workspace.key_, i),
           .compute = compute,
           .descent = step ? descent : nullptr,
           .descending = step ? descending.subspan(place.parameters, place.parameter_count) : std::span<T>{},
           .bytes = first ? workspace.bytes_ : nullptr,
           .activation_before = before,
           .lanes = in_lanes_[i],
           .saved = std::span(workspace.saved_).subspan(place.saved, place.saved_count)});
    };
    const auto parameter_gradient = gradients.subspan(place.parameters, place.parameter_count);
    std::size_t next = 0;
    while (next == current || next == error) ++next;

    if (layer.elementwise()) {
      if (first) break;
      const bool keeps_error = hidden_error == HiddenError::raw && error == current;
      const std::size_t to = keeps_error ? next : current;
      pass(current, &to, {});
      if (hidden_error != HiddenError::raw) error = to;
      current = to;
    } else {
      if (error == current) {
        pass(current, first ? nullptr : &next, parameter_gradient);
      } else {
        if (!first) pass(error, &next, {});
        pass(current, nullptr, parameter_gradient);
      }
      if (descent != nullptr && !layer.descends())
        step_along(gradients, place, compute, *descent, descending);
      current = error = next;
      done = before.gradient != nullptr;
    }
    if (!first && changes_layout(i)) change(in_lanes_[i - 1], input.columns());
  }
}

/// The step of a layer that leaves it to the network.
template <class T>
void BasicNetwork<T>::step_along(std::span<T> gradients, const Place& place, const BasicCompute<T>& compute,
                                 const kernels::Descent<T>& descent, std::span<T> descending) const {
  for (const auto& info : std::span(infos_).subspan(place.infos, place.info_count))
    compute.kernels().update_sgd(info.size(),
                                 {.learning_rate = descent.learning_rate,
                                  .l2 = info.kind == ParameterKind::weight ? descent.l2 : T{0}},
                                 gradients.data() + info.offset, descending.data() + info.offset);
}

template void BasicNetwork<float>::propagate(BasicWorkspace<float>&, const BasicCompute<float>&,
                                             std::span<float>, HiddenError, const kernels::Descent<float>*,
                                             std::span<float>) const;
template void BasicNetwork<double>::propagate(BasicWorkspace<double>&, const BasicCompute<double>&,
                                              std::span<double>, HiddenError, const kernels::Descent<double>*,
                                              std::span<double>) const;
template void BasicNetwork<float>::step_along(std::span<float>, const Place&, const BasicCompute<float>&,
                                              const kernels::Descent<float>&, std::span<float>) const;
template void BasicNetwork<double>::step_along(std::span<double>, const Place&, const BasicCompute<double>&,
                                               const kernels::Descent<double>&, std::span<double>) const;

}  // namespace scrawl
