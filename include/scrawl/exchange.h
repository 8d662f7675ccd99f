#pragma once

// For programs that import models from other software or export them.

#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/model_spec.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The layout of a weight matrix in a file: (outputs, inputs), as in PyTorch, or (inputs, outputs), as in
/// NumPy tutorials and Keras. For convolutions (outputs, inputs, height, width), as in PyTorch and NumPy
/// tutorials, or (height, width, inputs, outputs), as in Keras.
enum class WeightOrder { out_in, in_out };

/// "out-in" or "in-out"; parsing throws Error(invalid_argument) for anything else.
std::string_view to_string(WeightOrder order);
WeightOrder parse_weight_order(std::string_view text);

struct ArrayFacts {
  std::string name;
  std::string dtype;  ///< "F32", "F64" ...
  std::vector<std::size_t> shape;
  double low = 0;  ///< smallest and largest of the finite values
  double high = 0;
  std::size_t not_finite = 0;  ///< number of values that are NaN or infinite
};

struct WeightFacts {
  std::string format;     ///< "pickle", "npz", "safetensors", "PyTorch" or "ONNX"
  bool is_model = false;  ///< one of scrawl's model files, which need no import
  std::vector<ArrayFacts> arrays;
};

/// Reads the whole file, or the output of a pipe (256 MiB at most).
std::vector<std::byte> read_bytes(const std::filesystem::path& path);

/// The format of the bytes: "pickle", "npz", "safetensors", "PyTorch", "ONNX", or "gzip" if compressed; else
/// nullopt. Throws Error, with `file` and remedy, for a damaged ZIP archive and for files of Keras.
std::optional<std::string> weight_format(std::span<const std::byte> bytes, const std::string& file);

/// Describes a file in none of these formats, for a message: "is a PNG picture, not a model; name a model
/// file". `wanted` is the expected kind of file; `remedy` is used unless the bytes suggest a better one.
std::string wrong_file_message(std::span<const std::byte> bytes, const std::string& wanted,
                               const std::string& remedy);

/// The contents of a file of weights, whose format is detected from its content.
WeightFacts inspect_weights(const std::filesystem::path& path, const UnpackLimits& limits = {});
/// Same for the bytes of a file named `path`, in whose folder an ONNX model's external data is found.
WeightFacts inspect_weights(std::vector<std::byte> bytes, const std::filesystem::path& path,
                            const UnpackLimits& limits = {});

/// The values of an .npy file as float32, in C order.
std::vector<float> read_array(const std::filesystem::path& path, const UnpackLimits& limits = {});

struct ImportOptions {
  std::optional<ModelSpec> model = {};  ///< required except for ONNX and a state dict written by scrawl
  std::optional<WeightOrder> order = {};
  std::optional<Preprocessing> preprocessing = {};  ///< as in training; by default byte / 255
  /// For dropout as of 2012, which multiplies values by 1 - rate at inference instead of scaling in training:
  /// moves this factor into the weights of the layer after each Dropout, or of the last layer.
  bool dropout_scaling = false;
  UnpackLimits limits = {};
};

struct ImportResult {
  Model model;
  std::string format;
  std::vector<std::string>
      matches;  ///< one line per layer: its array and the array's layout; then the ignored arrays
  bool brings_preprocessing = false;  ///< the file contains the preprocessing
};

/// Imports trained weights: a pickle of NumPy arrays, npz, safetensors, a PyTorch state dictionary (.pt,
/// .pth) or ONNX, detected from the content; each may be compressed with gzip.
///
/// Arrays are assigned to the model's layers by name: `0.weight`, `fc1.bias` and similar as (outputs,
/// inputs); `W1`, `b1` and `hidden/kernel` as (inputs, outputs). A shape that contradicts this takes
/// precedence; if neither decides, because a matrix is square, `order` is required. Dense layers,
/// convolutions and batch normalisations (`1.running_mean`, `norm/moving_variance`, `gamma1` ...) are
/// distinguished by their arrays and ordered separately. A dense layer after a convolution in Keras' layout
/// takes its inputs as (height, width, channel), and its weights are converted. Arrays with other names are
/// assigned by position. A bias may have the shape (n), (1, n) or (n, 1). Arrays named `divisor`, `factor`,
/// `offset`, `mean`, `deviation` and `whitening`, as in an npz from scrawl, belong to the preprocessing; a
/// state dict from scrawl contains model, classes and scale. Options that contradict them are refused. Layers
/// of one list (fc2, fc10) are ordered by number; safetensors has no order, so layers of equal shapes need
/// such names there.
///
/// The optimizer's state and other contents of a checkpoint are ignored; so are arrays that belong to no
/// layer by name (or, if names do not tell, by shape), if the others fit exactly. `matches` names them.
/// External data of an ONNX model is read from its folder.
///
/// Throws Error, with file, layer, array and remedy, if an array is left over, missing, does not fit, is
/// quantised (integers of 8 or 16 bits), or is not finite; Error(unsupported) for a CustomLayer with
/// parameters. The loss is SquaredError for a network that ends in a sigmoid, otherwise SoftmaxCrossEntropy.
/// Memory: at most about four times the (unpacked) file.
ImportResult import_model(const std::filesystem::path& path, const ImportOptions& options = {});

enum class ExportFormat {
  onnx,         ///< the whole model, for ONNX runtimes
  safetensors,  ///< the weights alone: a state dict of torch.nn.Sequential
  npz,          ///< the arrays alone, with the names of NumPy tutorials: x @ W1 + b1
  header,       ///< the whole model as a self-contained C99 header
};

std::string_view to_string(ExportFormat format);
/// Throws Error(invalid_argument), with the nearest name, for an unknown one.
ExportFormat parse_export_format(std::string_view text);

struct ExportOptions {
  ExportFormat format = ExportFormat::onnx;
  bool int8 = false;      ///< header only: one byte per weight, about a quarter of the size
  std::string name = {};  ///< the graph's name in ONNX, the prefix of C names in a header; "" gives "model"
};

/// A C identifier made from any text, such as a file name: "two-layer" gives "two_layer". It starts with a
/// letter, contains no two underscores in a row and has at most 32 characters.
std::string c_identifier(std::string_view text);

/// The default file for an export of the model file `model`, in the same folder: "model.onnx",
/// "model-weights.safetensors", "model.npz", "model.h" or, with int8, "model-int8.h".
std::filesystem::path export_path(const std::filesystem::path& model, ExportFormat format, bool int8 = false);

/// Encodes the model in another format. The same model and options give the same bytes.
///
/// - onnx (opset 13): input "pixels", float32, the raw bytes 0..255 as (batch, channels, height, width), or
///   (batch, N) for a plain vector; output "probabilities", float32, (batch, classes), those of
///   predict_probabilities(). The preprocessing is part of the graph.
/// - safetensors: "0.weight" (outputs, inputs), "0.bias", "1.running_mean" ..., for load_state_dict() of a
///   torch.nn.Sequential with the same layers, an nn.Flatten before a dense layer that flattens pictures, and
///   nn.AdaptiveAvgPool2d(1) and nn.Flatten for a GlobalAveragePool. Metadata: "format" ("pt"), "model",
///   "preprocessing" (for people), "preprocessing_scale" (JSON: divisor, factor, offset, and in "arrays" the
///   names of those that do not fit into a state dict) and "classes" (a JSON list).
/// - npz: W1, b1, W2, b2 ... for dense layers, (inputs, outputs), and convolutions, (outputs, inputs, height,
///   width), in their order; gamma1, beta1, moving_mean1, moving_var1 ... for batch normalisations;
///   "divisor", "factor" and "offset" unless they have their default values; and, if the model has them,
///   "mean" and "deviation" (one value or one per pixel) and "whitening" (x becomes whitening @ x).
/// - header: constants and one function, `int NAME_predict(const unsigned char pixels[], float
///   probabilities[])`, which computes predict_probabilities() except for the last bits: C has no fast fused
///   multiply-add everywhere, so the probabilities may differ by about 1e-6. With int8, the weights of a
///   dense layer or convolution are rounded to whole multiples of max |w| / 127 of their output; all other
///   numbers stay float.
///
/// Throws Error(invalid_argument) for int8 in a format other than header, a name that is not a C identifier
/// (header), a model whose classes or preprocessing do not fit its network, and weights that are not finite
/// (header: they cannot be written in C). Throws Error(unsupported) for a model with a CustomLayer and for an
/// ensemble, in every format; take_member returns the members of an ensemble.
std::vector<std::byte> encode_export(const Model& model, const ExportOptions& options);

/// Writes the export into a file, which is complete or does not exist. Returns its size in bytes.
std::size_t export_model(const std::filesystem::path& path, const Model& model, const ExportOptions& options);

}  // namespace scrawl
#pragma GCC visibility pop
