#pragma once

#include "scrawl/model_file.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The formats for other programs.
enum class ExportFormat {
  onnx,         ///< the whole model, for ONNX runtimes
  safetensors,  ///< the weights alone: a state dict of torch.nn.Sequential
  npz,          ///< the arrays alone, with the names of NumPy tutorials: x @ W1 + b1
  header,       ///< the whole model as a self-contained C99 header
};

std::string_view to_string(ExportFormat format);
/// "onnx", "safetensors", "npz" or "header"; throws Error(invalid_argument) with the nearest word for
/// anything else.
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
///   torch.nn.Sequential with the same layers. The numbering includes an nn.Flatten before a dense layer that
///   flattens the output of picture layers, and counts a GlobalAveragePool as nn.AdaptiveAvgPool2d(1) and
///   nn.Flatten. Metadata: "format" ("pt"), "model", "preprocessing" (for people), "preprocessing_scale"
///   (JSON: divisor, factor, offset, and in "arrays" the names of those that do not fit into a state dict)
///   and "classes" (a JSON list).
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
/// ensemble, in every format; take_member (ensemble.h) returns the members of an ensemble.
std::vector<std::byte> encode_export(const Model& model, const ExportOptions& options);

/// Writes the export into a file, which is complete or does not exist. Returns its size in bytes.
std::size_t export_model(const std::filesystem::path& path, const Model& model, const ExportOptions& options);

}  // namespace scrawl
#pragma GCC visibility pop
