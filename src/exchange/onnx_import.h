#pragma once

#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include "formats/onnx.h"

#include <string>
#include <vector>

namespace scrawl {

/// What an ONNX model says about a network.
struct OnnxImport {
  Network network;
  Preprocessing preprocessing = {};
  bool has_preprocessing = false;  ///< false: the graph begins with a layer, and preprocessing is the default
  LossSpec loss = {};
  std::vector<std::string> classes = {};  ///< from scrawl's own metadata, or "0", "1", ...
  std::vector<std::string> notes = {};    ///< what each node became: "Gemm 'fc1' -> dense 50"
};

/// Understands a chain of layers from one input to one output, each for opsets 7 and later: Gemm, MatMul and
/// Add, Conv and Add, MaxPool, AveragePool, Pad by zeros before Conv and AveragePool, GlobalAveragePool (also
/// as a ReduceMean), BatchNormalization, Relu, LeakyRelu, Sigmoid, Tanh, and SiLU as x * Sigmoid(x):
///
/// - Divisions, products, sums and differences with constants in front of the first layer are the
///   preprocessing.
/// - What only rearranges values (Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout, Cast to floating
///   point) is passed over where it keeps each image's values together in their order. A Transpose between
///   (channels, height, width) and (height, width, channels), as TensorFlow's exporters write it around
///   convolutions, turns the weights of the dense layer behind it; one of the images changes what the model
///   takes to scrawl's order, the channels first.
/// - Softmax and LogSoftmax at the end belong to the loss, SoftmaxCrossEntropy, as do outputs without them. A
///   file of scrawl's with a hinge loss says so in its metadata. What export_onnx writes behind a network
///   trained with squared errors, and a last layer Sigmoid, mean SquaredError.
///   A margin and log_epsilon are not in the file and get their defaults.
///
/// Windows have one stride and one padding for both directions, no dilation and no groups; a pooling is
/// square and leaves out windows that do not fit. All other forms are refused.
///
/// Opsets up to 25 are known. Of a later one, operators are read as those of 25, with a note, and an
/// attribute that 25 does not have is refused.
///
/// An input (N, 784) becomes the shape 784, (N, 28, 28) and (N, 1, 28, 28) become 28x28; N may be anything.
///
/// Throws Error(bad_data) for graphs whose nodes do not fit together and for weights that are not finite, and
/// Error(unsupported) for everything else, naming `file`, node and operator. Takes at most 32 times the
/// memory of the model's tensors, a layer's activations not counted, and a few MB.
OnnxImport import_onnx(const OnnxModel& model, const std::string& file);

}  // namespace scrawl
