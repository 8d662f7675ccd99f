#pragma once

// For programs with their own training loop. Start here: a training step of scrawl reads:
//
//     auto outputs = network.forward(images, workspace, compute, Mode::train);
//     float loss = criterion->evaluate(outputs, labels, workspace.output_gradient(), compute);
//     network.backward(workspace, compute, gradients);
//     optimizer.step(step, network.parameters(), gradients, compute);

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/layer.h"
#include "scrawl/model_spec.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// Names, shapes and offsets in the flat array of all parameters of a model.
std::vector<ParameterInfo> parameter_infos(const ModelSpec& spec);
std::size_t count_parameters(const ModelSpec& spec);
/// Number of values of state, such as running means, that the layers of a model keep besides their
/// parameters.
std::size_t count_state(const ModelSpec& spec);

/// The number of multiply-adds of a forward pass over one sample: those of its weights.
std::uint64_t count_products(const ModelSpec& spec);

template <class T>
class BasicByteBatch;  // src/nn/byte_batch.h
template <class T>
class [[gnu::visibility("hidden")]] Passes;  // src/nn/passes.h: how a network runs its layers

/// The memory for a network's passes over up to max_rows samples: all activations and three gradient buffers.
/// If a layer's layout differs from that of the layer before it, there is a buffer for each. Supports one
/// pass at a time; with several workspaces, several threads can use one network.
template <class T>
class BasicWorkspace {
 public:
  BasicWorkspace() = default;
  BasicWorkspace(BasicWorkspace&&) noexcept = default;  // a copy's views would point into the original
  BasicWorkspace& operator=(BasicWorkspace&&) noexcept = default;

  std::size_t max_rows() const { return max_rows_; }
  /// States that most of the network's input is 0, as for images with background 0 (see
  /// Preprocessing::keeps_zeros). The first layer may then skip the zeros; with finite weights the bits are
  /// the same.
  void set_sparse_input(bool sparse) { sparse_input_ = sparse; }
  /// The outputs of the last forward pass.
  MatrixView<const T> output() const { return ends_in_lanes_ ? inputs_.back() : outputs_.back(); }
  /// Where the loss writes its gradient with respect to the outputs, for backward().
  MatrixView<T> output_gradient() { return {gradients_[0].data(), rows_, output().columns()}; }
  /// The output of layer `i` in the last forward pass, in its own layout (in_lanes()). An element-wise layer
  /// overwrites the output of a layer before it that is not element-wise.
  MatrixView<const T> layer_output(std::size_t i) const { return outputs_[i]; }

 private:
  friend class BasicNetwork<T>;
  friend class Passes<T>;

  std::size_t max_rows_ = 0;
  std::size_t rows_ = 0;
  bool sparse_input_ = false;
  Mode mode_ = Mode::predict;
  RandomKey key_;
  MatrixView<const T> input_;                 // or, if this is empty,
  const BasicByteBatch<T>* bytes_ = nullptr;  // these
  std::vector<MatrixView<T>> outputs_;        // one per layer, into buffers_
  std::vector<MatrixView<T>>
      inputs_;  // of layers that take another layout than what comes before, and of the loss
  std::vector<AlignedVector<T>>
      buffers_;  // one per layer that does not run in place, and per change of layout
  bool ends_in_lanes_ = false;
  AlignedVector<T> gradients_[3];
  AlignedVector<T> scratch_;
  AlignedVector<T> saved_;
};

/// A network: layers, and all their parameters in one flat array. Several threads may call const methods at
/// once, each with its own workspace and Compute. T is float, or double for gradient checks.
template <class T>
class BasicNetwork {
 public:
  /// Throws Error(invalid_argument) with a readable reason if the layers do not fit, or for a custom layer
  /// with an invalid description. All parameters are 0, and the state has its initial values.
  explicit BasicNetwork(ModelSpec spec);
  BasicNetwork(const BasicNetwork& other);
  BasicNetwork(BasicNetwork&&) noexcept;
  BasicNetwork& operator=(BasicNetwork&&) noexcept;
  ~BasicNetwork();

  const ModelSpec& spec() const { return spec_; }
  std::size_t inputs() const { return spec_.input.size(); }
  std::size_t outputs() const { return shapes_.back().size(); }
  /// The output shape of every layer.
  const std::vector<Shape>& shapes() const { return shapes_; }
  /// Whether layer `i` stores 16 samples side by side (src/kernels/convolution.h).
  bool in_lanes(std::size_t i) const;

  std::span<T> parameters() { return parameters_; }
  std::span<const T> parameters() const { return parameters_; }
  /// In the order of the layers: the canonical order of files and hashes.
  std::span<const ParameterInfo> parameter_infos() const { return infos_; }
  std::span<T> state() { return state_; }
  std::span<const T> state() const { return state_; }

  /// Draws new weights, a function of `seed` only, and sets the state to its initial values.
  void initialise(const Initialiser& initialiser, std::uint64_t seed);

  /// The only allocation for forward and backward passes. Throws Error(invalid_argument) if a custom layer
  /// asks for excessive scratch memory. REQUIRES max_rows > 0.
  BasicWorkspace<T> make_workspace(std::size_t max_rows) const;

  /// Returns the logits for every row of `input` (rows x inputs()), valid until the workspace is used again.
  /// `input` must live until backward(). REQUIRES input.rows() <= workspace.max_rows().
  MatrixView<const T> forward(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                              const BasicCompute<T>& compute, Mode mode = Mode::predict,
                              const RandomKey& key = {});

  /// Same for prediction by several threads: does not change the state.
  MatrixView<const T> predict(MatrixView<const T> input, BasicWorkspace<T>& workspace,
                              const BasicCompute<T>& compute) const;

  /// Computes the gradients with respect to all parameters, into `gradients` (as long as parameters()), from
  /// workspace.output_gradient(), which is overwritten.
  void backward(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute, std::span<T> gradients) const;

  /// backward() and a step of plain gradient descent in one: w -= learning_rate (gradient + l2 w), with l2
  /// for weights only. The same bits as backward() and Optimizer::step, but a dense layer's gradient is not
  /// written to memory. `gradients` is scratch memory.
  void descend(BasicWorkspace<T>& workspace, const BasicCompute<T>& compute, std::span<T> gradients,
               T learning_rate, T l2);

 private:
  friend class Passes<T>;
  struct Unit;

  ModelSpec spec_;
  std::vector<Shape> shapes_;
  std::vector<Unit> units_;  // one per layer
  std::vector<ParameterInfo> infos_;
  AlignedVector<T> parameters_;
  AlignedVector<T> state_;
};

using Network = BasicNetwork<float>;
using Workspace = BasicWorkspace<float>;

/// A copy of one parameter in the order of files: weights as (outputs, inputs).
template <class T>
[[gnu::visibility("default")]] std::vector<T> copy_parameter(const BasicNetwork<T>& network,
                                                             const ParameterInfo& info);

/// Sets one parameter from values in the order of files. Throws Error(invalid_argument) for a wrong count.
template <class T>
[[gnu::visibility("default")]] void set_parameter(BasicNetwork<T>& network, const ParameterInfo& info,
                                                  std::span<const T> values);

/// SHA-256 of the parameters in the order of files, then the state, as little-endian float32.
std::string weights_sha256(const Network& network);

/// The same network in double, for gradient checks. Throws Error(invalid_argument) for a custom layer whose
/// double form is missing or different.
BasicNetwork<double> to_double(const Network& network);

extern template class BasicNetwork<float>;
extern template class BasicNetwork<double>;

}  // namespace scrawl
#pragma GCC visibility pop
