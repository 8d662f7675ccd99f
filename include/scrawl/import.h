#pragma once

#include "scrawl/model_file.h"
#include "scrawl/model_spec.h"
#include "scrawl/preprocessing.h"
#include "scrawl/unpack_limits.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// How a matrix of weights lies in a file: (outputs, inputs), as PyTorch has it, or (inputs, outputs), as
/// NumPy tutorials and Keras do. For convolutions (outputs, inputs, height, width), as in PyTorch and NumPy
/// tutorials, or (height, width, inputs, outputs), as in Keras.
enum class WeightOrder { out_in, in_out };

/// "out-in" or "in-out", both ways; throws Error(invalid_argument) for anything else.
std::string_view to_string(WeightOrder order);
WeightOrder parse_weight_order(std::string_view text);

/// An array of a file with weights.
struct ArrayFacts {
  std::string name;
  std::string dtype;  ///< "F32", "F64" ...
  std::vector<std::size_t> shape;
  double low = 0;  ///< smallest and largest of the finite values
  double high = 0;
  std::size_t not_finite = 0;  ///< how many values are NaN or infinite
};

struct WeightFacts {
  std::string format;     ///< "pickle", "npz", "safetensors", "PyTorch" or "ONNX"
  bool is_model = false;  ///< a model file of scrawl's own, which needs no import
  std::vector<ArrayFacts> arrays;
};

/// The whole file, or what comes out of a pipe (256 MiB at most).
std::vector<std::byte> read_bytes(const std::filesystem::path& path);

/// What the bytes of a file are: "pickle", "npz", "safetensors", "PyTorch" or "ONNX", or "gzip" whatever is
/// in it; nullopt for none of them. Throws Error that names `file` for a damaged ZIP archive, and for what
/// Keras writes, with the remedy.
std::optional<std::string> weight_format(std::span<const std::byte> bytes, const std::string& file);

/// What is wrong with the bytes of a file that is none of these, for a message: "is a PNG picture, not a
/// model; name a model file", "is empty, where a model should be; copy or download it again". `wanted` is
/// what the file should have been ("a model"), `remedy` what to do where its bytes tell no better one.
std::string wrong_file_message(std::span<const std::byte> bytes, const std::string& wanted,
                               const std::string& remedy);

/// What a file with weights holds, recognised by its content.
WeightFacts inspect_weights(const std::filesystem::path& path, const UnpackLimits& limits = {});
/// The same from the file's bytes, which are taken over; `path` names them in errors, and the data that an
/// ONNX model keeps in other files are read from its folder.
WeightFacts inspect_weights(std::vector<std::byte> bytes, const std::filesystem::path& path,
                            const UnpackLimits& limits = {});

/// The values of an .npy file as float32, in C order.
std::vector<float> read_array(const std::filesystem::path& path, const UnpackLimits& limits = {});

struct ImportOptions {
  std::optional<ModelSpec> model = {};  ///< needed but for ONNX and a state dict that scrawl wrote
  std::optional<WeightOrder> order = {};
  std::optional<Preprocessing> preprocessing = {};  ///< as in training; by default byte / 255
  /// The network was trained with the dropout of 2012, which leaves the values of training as they are and in
  /// recognition multiplies them by 1 - rate. That factor goes into the weights of the layer behind each
  /// Dropout, or of the last one.
  bool dropout_scaling = false;
  UnpackLimits limits = {};
};

struct ImportResult {
  Model model;
  std::string format;
  std::vector<std::string>
      matches;  ///< a line for each layer: which array it got, and how it lay; what was left out
  bool brings_preprocessing = false;  ///< the file says how the pixels are prepared
};

/// Reads weights that somebody else trained: a pickle of NumPy arrays, npz, safetensors, a PyTorch state
/// dictionary (.pt, .pth) or ONNX, recognised by content; each may be compressed with gzip.
///
/// Arrays go to the model's layers by name: `0.weight`, `fc1.bias` and the like as (outputs, inputs); `W1`,
/// `b1` and `hidden/kernel` as (inputs, outputs). Where the shape of an array says otherwise, the shape
/// counts. Where neither decides, because a matrix is square, `order` is required. Dense layers, convolutions
/// and batch normalisations (`1.running_mean`, `norm/moving_variance`, `gamma1` ...) are told apart by their
/// arrays, and have an order each. Where a convolution lies as Keras has it, a dense layer behind it takes
/// its inputs as (height, width, channel), and its weights are brought into scrawl's order. Arrays with other
/// names go by position: the first matrix to the first layer. A bias may have the shape (n), (1, n) or (n,
/// 1). Arrays named `divisor`, `factor`, `offset`, `mean`, `deviation` and `whitening`, as in an npz that
/// scrawl exported, are the preprocessing's; a state dict that it exported brings model, classes and scale
/// along. Options that contradict them are refused. Layers of one list (fc2, fc10) come in the order of their
/// numbers; safetensors has no order, so that layers of equal shapes need such names there. Of a checkpoint,
/// the optimizer's state and other things beside the weights are left out, and `matches` says so.
///
/// An array whose name belongs to no layer (or, where no names tell, whose shape fits none) is left out if
/// the others fit exactly; `matches` names it. Values that an ONNX model keeps in other files are read from
/// its folder.
///
/// Throws Error naming file, layer, array and remedy where something is left over, is missing, does not fit,
/// is quantised (whole numbers of 8 or 16 bits), or is not finite, and Error(unsupported) for a CustomLayer
/// with parameters. The result's loss is SquaredError for a network that ends in a sigmoid, otherwise
/// SoftmaxCrossEntropy. Memory: at most about four times the (unpacked) file.
ImportResult import_model(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace scrawl
#pragma GCC visibility pop
