#include "scrawl/network.h"

#include "scrawl/error.h"

#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace scrawl {

namespace {

/// Far more than any machine has, so that sums of such numbers do not overflow.
constexpr std::size_t most_scratch = std::size_t{1} << 40;

std::string place_of(const ModelSpec& spec, std::size_t i) {
  return "layer " + std::to_string(i) + " (" + to_string(spec.layers[i]) + "): ";
}

/// Calls visit(i, layer) for every layer of the model.
template <class Visit>
void for_each_layer(const ModelSpec& spec, const Visit& visit) {
  const auto shapes = infer_shapes(spec);
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    visit(i, *make_layer<float>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1]));
}

/// Appends a layer's parameters; returns how many values they are.
template <class T>
std::size_t append_infos(const Layer<T>& layer, std::size_t place, std::size_t offset,
                         std::vector<ParameterInfo>& infos) {
  std::size_t count = 0;
  for (auto& info : layer.parameters()) {
    count += info.size();
    infos.push_back({std::to_string(place) + "." + info.name, info.shape, info.offset + offset, info.kind});
  }
  return count;
}

/// Two networks of one spec differ only where a custom layer is not the same each time that it is made.
template <class A, class B>
void check_same_form(const BasicNetwork<A>& a, const BasicNetwork<B>& b) {
  const bool same = a.shapes() == b.shapes() && a.state().size() == b.state().size() &&
                    std::equal(a.parameter_infos().begin(), a.parameter_infos().end(),
                               b.parameter_infos().begin(), b.parameter_infos().end());
  if (!same)
    throw Error(ErrorCode::invalid_argument,
                "the custom layers of '" + to_string(a.spec()) +
                    "' have other shapes, parameters or state when they are made again; let what a "
                    "CustomLayer makes depend on the input's shape alone, in float and double alike");
}

}  // namespace

std::vector<ParameterInfo> parameter_infos(const ModelSpec& spec) {
  std::vector<ParameterInfo> infos;
  std::size_t count = 0;
  for_each_layer(
      spec, [&](std::size_t i, const Layer<float>& layer) { count += append_infos(layer, i, count, infos); });
  return infos;
}

std::size_t count_parameters(const ModelSpec& spec) {
  std::size_t count = 0;
  for (const auto& info : parameter_infos(spec)) count += info.size();
  return count;
}

std::size_t count_state(const ModelSpec& spec) {
  std::size_t count = 0;
  for_each_layer(spec, [&](std::size_t, const Layer<float>& layer) { count += layer.state_size(); });
  return count;
}

template <class T>
BasicNetwork<T>::BasicNetwork(ModelSpec spec) : spec_(std::move(spec)), shapes_(infer_shapes(spec_)) {
  std::size_t parameters = 0;
  std::size_t state = 0;
  layers_.reserve(spec_.layers.size());
  places_.reserve(spec_.layers.size());
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    auto layer = make_layer<T>(spec_.layers[i], i == 0 ? spec_.input : shapes_[i - 1]);
    if (layer->output_shape() != shapes_[i])
      throw Error(ErrorCode::invalid_argument,
                  place_of(spec_, i) + "its output has another shape when it is made again");
    Place place{
        .parameters = parameters, .infos = infos_.size(), .state = state, .state_count = layer->state_size()};
    place.parameter_count = append_infos(*layer, i, parameters, infos_);
    place.info_count = infos_.size() - place.infos;
    parameters += place.parameter_count;
    state += place.state_count;
    places_.push_back(place);
    layers_.push_back(std::move(layer));
  }
  parameters_.assign(parameters, T{0});
  state_.assign(state, T{0});
}

template <class T>
BasicNetwork<T>::BasicNetwork(const BasicNetwork& other) : BasicNetwork(other.spec_) {
  check_same_form(*this, other);
  parameters_ = other.parameters_;
  state_ = other.state_;
}

template <class T>
void BasicNetwork<T>::initialise(const Initialiser& initialiser, std::uint64_t seed) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const RandomKey key{
        .seed = seed, .purpose = Purpose::initialise, .step = 0, .sample = static_cast<std::uint32_t>(i)};
    layers_[i]->initialise(initialiser, key,
                           std::span(parameters_).subspan(places_[i].parameters, places_[i].parameter_count));
  }
  std::fill(state_.begin(), state_.end(), T{0});
}

template <class T>
BasicWorkspace<T> BasicNetwork<T>::make_workspace(std::size_t max_rows) const {
  assert(max_rows > 0);
  BasicWorkspace<T> workspace;
  workspace.max_rows_ = max_rows;
  std::size_t widest = 0;
  std::size_t scratch = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::size_t width = shapes_[i].size();
    // An element-wise layer must write neither into the caller's input nor over the output of another
    // element-wise layer, which needs it for its gradient; a gradient check looks at what lies before a kink.
    const bool in_place = i > 0 && layers_[i]->elementwise() && !layers_[i - 1]->elementwise() &&
                          !layers_[i - 1]->has_kink_at_zero();
    if (!in_place) workspace.buffers_.emplace_back(max_rows * width);
    workspace.outputs_.emplace_back(workspace.buffers_.back().data(), 0, width);
    widest = std::max(widest, width);
    scratch = std::max(scratch, layers_[i]->scratch_size(max_rows));
    if (scratch > most_scratch)
      throw Error(ErrorCode::invalid_argument, place_of(spec_, i) + "its scratch_size() for " +
                                                   std::to_string(max_rows) +
                                                   " samples is more than 2^40 values");
  }
  for (auto& gradient : workspace.gradients_) gradient.resize(max_rows * widest);
  workspace.scratch_.resize(scratch);
  return workspace;
}

template <class T>
MatrixView<const T> BasicNetwork<T>::forward(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute, Mode mode,
                                             const RandomKey& key) {
  workspace.take(input);
  return run(workspace, compute, state_, mode, key);
}

template <class T>
MatrixView<const T> BasicNetwork<T>::forward(const BasicByteBatch<T>& input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute, Mode mode,
                                             const RandomKey& key) {
  workspace.take(input);
  return run(workspace, compute, state_, mode, key);
}

template <class T>
MatrixView<const T> BasicNetwork<T>::predict(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute) const {
  workspace.take(input);
  return run(workspace, compute, state_for_prediction(), Mode::predict, {});
}

template <class T>
MatrixView<const T> BasicNetwork<T>::predict(const BasicByteBatch<T>& input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute) const {
  workspace.take(input);
  return run(workspace, compute, state_for_prediction(), Mode::predict, {});
}

/// Mode::predict reads the state and never writes it.
template <class T>
std::span<T> BasicNetwork<T>::state_for_prediction() const {
  return {const_cast<T*>(state_.data()), state_.size()};
}

template <class T>
MatrixView<const T> BasicNetwork<T>::run(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                                         std::span<T> state, Mode mode, const RandomKey& key) const {
  assert(workspace.rows_ <= workspace.max_rows_);
  assert(workspace.bytes_ ? takes_bytes() && workspace.bytes_->pixels() == inputs()
                          : workspace.input_.columns() == inputs());
  workspace.mode_ = mode;
  workspace.key_ = key;
  MatrixView<const T> input = workspace.input_;
  bool done = false;  // by the layer before
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto& output = workspace.outputs_[i];
    output = {output.data(), workspace.rows_, output.columns()};
    if (std::exchange(done, false)) {
      input = output;
      continue;
    }
    const Place& place = places_[i];
    const bool in_place_next = i + 1 < layers_.size() && workspace.outputs_[i + 1].data() == output.data();
    const Elementwise<T> activation = in_place_next && layers_[i]->includes_activations()
                                          ? layers_[i + 1]->activation(compute)
                                          : Elementwise<T>{};
    done = activation.function != nullptr;
    layers_[i]->forward(
        {.parameters = std::span(parameters_).subspan(place.parameters, place.parameter_count),
         .state = state.subspan(place.state, place.state_count),
         .input = input,
         .sparse_input = i == 0 && workspace.sparse_input_,
         .output = output,
         .scratch = workspace.scratch_,
         .mode = mode,
         .key = key,
         .compute = compute,
         .bytes = i == 0 ? workspace.bytes_ : nullptr,
         .activation = activation});
    input = output;
  }
  return workspace.output();
}

template <class T>
void BasicNetwork<T>::backward(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                               std::span<T> gradients, HiddenError hidden_error) const {
  propagate(workspace, compute, gradients, hidden_error, nullptr, {});
}

template <class T>
void BasicNetwork<T>::descend(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                              std::span<T> gradients, T learning_rate, T l2, HiddenError hidden_error) {
  const kernels::Descent<T> descent{learning_rate, l2};
  propagate(workspace, compute, gradients, hidden_error, &descent, parameters_);
}

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
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (std::exchange(done, false)) continue;
    const auto& layer = *layers_[i];
    const Place& place = places_[i];
    const bool first = i == 0;
    const MatrixView<const T> input =
        first ? workspace.input_ : MatrixView<const T>(workspace.outputs_[i - 1]);
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
           .key = workspace.key_,
           .compute = compute,
           .descent = step ? descent : nullptr,
           .descending = step ? descending.subspan(place.parameters, place.parameter_count) : std::span<T>{},
           .bytes = first ? workspace.bytes_ : nullptr,
           .activation_before = before});
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

BasicNetwork<double> to_double(const Network& network) {
  BasicNetwork<double> copy(network.spec());
  check_same_form(copy, network);
  std::copy(network.parameters().begin(), network.parameters().end(), copy.parameters().begin());
  std::copy(network.state().begin(), network.state().end(), copy.state().begin());
  return copy;
}

template class BasicNetwork<float>;
template class BasicNetwork<double>;

}  // namespace scrawl
