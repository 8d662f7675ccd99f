#pragma once

#include "scrawl/model_file.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// What other programs read.
enum class ExportFormat {
  onnx,         ///< the whole model, for ONNX runtimes
  safetensors,  ///< the weights alone: a state dict of torch.nn.Sequential
  npz,          ///< the arrays alone, as NumPy tutorials name them: x @ W1 + b1
  header,       ///< the whole model as a C99 header without dependencies
};

std::string_view to_string(ExportFormat format);
/// "onnx", "safetensors", "npz" or "header"; throws Error(invalid_argument) with the nearest for anything
/// else.
ExportFormat parse_export_format(std::string_view text);

struct ExportOptions {
  ExportFormat format = ExportFormat::onnx;
  bool int8 = false;      ///< header only: weights in one byte each, about a quarter of the size
  std::string name = {};  ///< the graph's name in ONNX, the prefix of C names in a header; "" gives "model"
};

/// A C name made from any text, such as a file's name: "two-layer" gives "two_layer". It begins with a
/// letter, has no two underscores in a row and at most 32 characters.
std::string c_identifier(std::string_view text);

/// The file that an export of the model file `model` gets: next to it, "model.onnx",
/// "model-weights.safetensors", "model.npz", "model.h" or, with int8, "model-int8.h".
std::filesystem::path export_path(const std::filesystem::path& model, ExportFormat format, bool int8 = false);

/// The model as a file of another format. The same model and options give the same bytes.
///
/// - onnx (opset 13): input "pixels", float32, the raw bytes 0..255 as (batch, channels, height, width), or
///   (batch, N) for a plain vector; output "probabilities", float32, (batch, classes), those of
///   predict_probabilities(). The preparation of the pixels is part of the graph.
/// - safetensors: "0.weight" (outputs, inputs), "0.bias", "1.running_mean" ..., so that load_state_dict() of
/// a
///   torch.nn.Sequential with the same layers takes it. It counts an nn.Flatten where a dense layer flattens
///   what layers made of a picture, and takes a GlobalAveragePool for nn.AdaptiveAvgPool2d(1) and nn.Flatten.
///   Metadata: "format" ("pt"), "model", "preprocessing"
///   (for people), "preprocessing_scale" (JSON: divisor, factor, offset, and in "arrays" the names of those
///   that a state dict has no place for) and "classes" (a JSON list).
/// - npz: W1, b1, W2, b2 ... for dense layers, (inputs, outputs), and convolutions, (outputs, inputs, height,
///   width), in their order; gamma1, beta1, moving_mean1, moving_var1 ... for batch normalisations; and where
///   they are not the usual ones, "divisor", "factor" and "offset"; where the model has them, "mean" and
///   "deviation" (one value or one per pixel) and "whitening" (x becomes whitening @ x).
/// - header: constants and one function, `int NAME_predict(const unsigned char pixels[], float
///   probabilities[])`, which does what predict_probabilities() does, but for the last bits: C has no fast
///   fused multiply-add everywhere, so the probabilities may differ by some 1e-6. With int8, the weights of a
///   dense layer or convolution are rounded to whole multiples of max |w| / 127 of their output; all other
///   numbers stay float.
///
/// Throws Error(invalid_argument) for int8 in another format than header, a name that is no C name (header),
/// a model whose classes or preprocessing do not fit its network, and weights that are not finite (header:
/// they have no C text). Throws Error(unsupported) for a model with a CustomLayer and for an ensemble, in
/// every format; take_member (ensemble.h) gives the members of the latter.
std::vector<std::byte> encode_export(const Model& model, const ExportOptions& options);

/// The same into a file that appears whole or not at all. Returns its size in bytes.
std::size_t export_model(const std::filesystem::path& path, const Model& model, const ExportOptions& options);

}  // namespace scrawl
#pragma GCC visibility pop
