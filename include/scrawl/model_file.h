#pragma once

#include "scrawl/loss.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The contents of a model file besides the weights.
struct ModelInfo {
  Preprocessing preprocessing = {};
  LossSpec loss = {};
  std::vector<std::string> classes = {};  ///< the name of each output: "0" ... "9"
  std::string recipe = {};                ///< name of the recipe; "" if trained without one
  std::string recipe_text = {};           ///< the recipe as run, in TOML
  std::uint64_t seed = 0;
  std::string data = {};         ///< name of the data set
  std::string data_sha256 = {};  ///< its Dataset::sha256
};

/// A further network of an ensemble, with its own preprocessing, loss and origin. The classes of all are
/// equal.
struct Member {
  Network network;
  ModelInfo info;
};

/// A network with everything that is needed to use it; or an ensemble, several networks whose probabilities
/// are averaged (ensemble.h): `network` and `info` belong to the first, `others` are the rest.
struct Model {
  Network network;
  ModelInfo info;
  std::vector<Member> others = {};
};

/// "0", "1", "2" ...: the names of unnamed classes.
std::vector<std::string> numbered_classes(std::size_t count);

/// Writes a safetensors file, which is complete or does not exist: weights as (outputs, inputs) with the
/// names of torch.nn.Sequential, the arrays of the preprocessing, and the rest as metadata. For a custom
/// layer the file contains name, parameters and state. Bytes of names and texts that are not UTF-8 are
/// written as "\\xff".
void save_model(const std::filesystem::path& path, const Network& network, const ModelInfo& info);

/// Same for a model that may be an ensemble. The names of its arrays and metadata then start with the member,
/// as in `member.0.0.weight`, and the format version is 2. Throws Error(invalid_argument) for members that do
/// not fit together; see check_members.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads a file from save_model, which may be compressed with gzip. Throws Error for a file that is missing,
/// malformed or of an unknown format version, or whose arrays do not fit its model text, contain a number
/// that is not finite, or are too many. Pass the custom layers of the model in `custom`, as in
/// `load_model("swish.safetensors", {swish})`; Error(unsupported) names a missing one.
Model load_model(const std::filesystem::path& path, const std::vector<CustomLayer>& custom = {});

/// Same for the bytes of a model file, for programs with a built-in model; `file` names them in errors.
Model parse_model_file(std::span<const std::byte> bytes, const std::string& file = "model",
                       const std::vector<CustomLayer>& custom = {});

}  // namespace scrawl
#pragma GCC visibility pop
