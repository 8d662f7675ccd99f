#include "scrawl/network.h"

#include "scrawl/error.h"

#include "kernels/convolution.h"
#include "kernels/kernels.h"
#include "nn/layers.h"
#include "nn/passes.h"

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

/// Two networks of one spec differ only where a custom layer is not the same each time that it is made.
template <class A, class B>
void check_same_form(const BasicNetwork<A>& a, const BasicNetwork<B>& b) {
  const bool same = a.shapes() == b.shapes() && a.state().size() == b.state().size() &&
                    std::equal(a.parameter_infos().begin(), a.parameter_infos().end(),
                               b.parameter_infos().begin(), b.parameter_infos().end());
  if (!same)
    throw Error(ErrorCode::invalid_argument,
                "the custom layers of '" + to_string(a.spec()) +
                    "' have different shapes, parameters or state when they are made again; the layer that a "
                    "CustomLayer makes must depend only on the input's shape, in float and in double");
}

}  // namespace

template <class T>
BasicNetwork<T>::BasicNetwork(ModelSpec spec) : spec_(std::move(spec)), shapes_(infer_shapes(spec_)) {
  std::size_t parameters = 0;
  std::size_t saved = 0;
  units_.reserve(spec_.layers.size());
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    Unit unit;
    unit.layer = make_layer<T>(spec_.layers[i], i == 0 ? spec_.input : shapes_[i - 1]);
    const Layer<T>& layer = *unit.layer;
    if (layer.output_shape() != shapes_[i])
      throw Error(ErrorCode::invalid_argument,
                  place_of(spec_, i) + "the shape of its output differs when it is made again");
    unit.fast = dynamic_cast<const FastLayer<T>*>(&layer);
    unit.traits = layer.traits();
    if (unit.fast) unit.fast_traits = unit.fast->fast_traits();
    const Layout layout = unit.fast_traits.layout;
    unit.lanes = layout == Layout::any ? i > 0 && units_[i - 1].lanes : layout == Layout::lanes;
    const std::size_t infos = infos_.size();
    unit.parameters = {parameters, append_infos(layer, i, parameters, infos_)};
    unit.infos = {infos, infos_.size() - infos};
    unit.saved = {saved, unit.traits.saved_size};
    unit.state = {state_.size(), unit.traits.state_size};
    state_.resize(state_.size() + unit.traits.state_size);
    parameters += unit.parameters.size;
    saved += unit.saved.size;
    units_.push_back(std::move(unit));
  }
  parameters_.assign(parameters, T{0});
  for (const Unit& unit : units_) unit.layer->initialise_state(unit.state.of(state()));
}

template <class T>
BasicNetwork<T>::BasicNetwork(BasicNetwork&&) noexcept = default;
template <class T>
BasicNetwork<T>& BasicNetwork<T>::operator=(BasicNetwork&&) noexcept = default;
template <class T>
BasicNetwork<T>::~BasicNetwork() = default;

template <class T>
BasicNetwork<T>::BasicNetwork(const BasicNetwork& other) : BasicNetwork(other.spec_) {
  check_same_form(*this, other);
  parameters_ = other.parameters_;
  state_ = other.state_;
}

template <class T>
void BasicNetwork<T>::initialise(const Initialiser& initialiser, std::uint64_t seed) {
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const Unit& unit = units_[i];
    const RandomKey key{
        .seed = seed, .purpose = Purpose::initialise, .step = 0, .sample = static_cast<std::uint32_t>(i)};
    unit.layer->initialise(initialiser, key, unit.parameters.of(parameters()));
    unit.layer->initialise_state(unit.state.of(state()));
  }
}

template <class T>
bool BasicNetwork<T>::in_lanes(std::size_t i) const {
  return units_[i].lanes;
}

template <class T>
BasicWorkspace<T> BasicNetwork<T>::make_workspace(std::size_t max_rows) const {
  assert(max_rows > 0);
  BasicWorkspace<T> workspace;
  workspace.max_rows_ = max_rows;
  const bool has_lanes =
      std::any_of(units_.begin(), units_.end(), [](const Unit& unit) { return unit.lanes; });
  const std::size_t rows = has_lanes ? kernels::image_blocks(max_rows) * kernels::image_lanes : max_rows;
  std::size_t widest = inputs();
  std::size_t scratch = 0;
  const auto add = [&](std::size_t width, std::vector<MatrixView<T>>& views) {
    workspace.buffers_.emplace_back(rows * width);
    views.emplace_back(workspace.buffers_.back().data(), 0, width);
  };
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const std::size_t width = shapes_[i].size();
    if (changes_layout(units_, i))
      add(i == 0 ? inputs() : shapes_[i - 1].size(), workspace.inputs_);
    else
      workspace.inputs_.emplace_back();
    // An element-wise layer must write neither into the caller's input nor over the output of a layer that
    // needs it for its gradient, as element-wise ones do; a gradient check looks at what lies before a kink.
    const bool in_place = i > 0 && units_[i].traits.elementwise && !units_[i - 1].traits.elementwise &&
                          !units_[i - 1].traits.needs_output && !units_[i - 1].traits.has_kink_at_zero &&
                          !changes_layout(units_, i);
    if (in_place)
      workspace.outputs_.emplace_back(workspace.buffers_.back().data(), 0, width);
    else
      add(width, workspace.outputs_);
    widest = std::max(widest, width);
    scratch = std::max(scratch, units_[i].layer->scratch_size(max_rows));
    if (scratch > most_scratch)
      throw Error(ErrorCode::invalid_argument, place_of(spec_, i) + "its scratch_size() for " +
                                                   std::to_string(max_rows) +
                                                   " samples is more than 2^40 values");
  }
  workspace.ends_in_lanes_ = units_.back().lanes;
  if (workspace.ends_in_lanes_) add(outputs(), workspace.inputs_);
  for (auto& gradient : workspace.gradients_) gradient.resize(rows * widest);
  workspace.scratch_.resize(scratch);
  workspace.saved_.resize(units_.back().saved.begin + units_.back().saved.size);
  return workspace;
}

template <class T>
MatrixView<const T> BasicNetwork<T>::forward(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute, Mode mode,
                                             const RandomKey& key) {
  return Passes<T>(*this, workspace, compute).forward(input, state_, mode, key);
}

template <class T>
MatrixView<const T> BasicNetwork<T>::predict(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                                             const BasicCompute<T>& compute) const {
  return Passes<T>(*this, workspace, compute).forward(input);
}

template <class T>
void BasicNetwork<T>::backward(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                               std::span<T> gradients) const {
  Passes<T>(*this, workspace, compute).backward(gradients);
}

template <class T>
void BasicNetwork<T>::descend(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute,
                              std::span<T> gradients, T learning_rate, T l2) {
  const kernels::Descent<T> descent{learning_rate, l2};
  Passes<T>(*this, workspace, compute).backward(gradients, false, &descent, parameters_);
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
