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

/// What a model file tells besides the weights.
struct ModelInfo {
  Preprocessing preprocessing = {};
  LossSpec loss = {};
  std::vector<std::string> classes = {};  ///< the name of each output: "0" ... "9"
  std::string recipe = {};                ///< name of the recipe, "" if trained without one
  std::string recipe_text = {};           ///< the recipe as it was run, in TOML
  std::uint64_t seed = 0;
  std::string data = {};         ///< name of the data set
  std::string data_sha256 = {};  ///< its Dataset::sha256
};

/// A further network of an ensemble. Its own preprocessing, loss and origin; the classes of all are the same.
struct Member {
  Network network;
  ModelInfo info;
};

/// A network with everything that is needed to use it; or an ensemble, several networks whose probabilities
/// are averaged (ensemble.h): `network` and `info` are those of the first, `others` are the rest.
struct Model {
  Network network;
  ModelInfo info;
  std::vector<Member> others = {};
};

/// "0", "1", "2" ...: the names of classes that have none.
std::vector<std::string> numbered_classes(std::size_t count);

/// Writes a safetensors file, whole or not at all: weights as (outputs, inputs) under the names that
/// torch.nn.Sequential would give them, the arrays of the preprocessing, and the rest as metadata. Of a
/// program's own layer the file holds name, parameters and state. Bytes of names and texts that are not UTF-8
/// are written as "\\xff".
void save_model(const std::filesystem::path& path, const Network& network, const ModelInfo& info);

/// The same for a model that may be an ensemble. Then the names of arrays and metadata begin with their
/// member's, as in `member.0.0.weight`, and the file is of format version 2. Throws Error(invalid_argument)
/// for members that do not fit together; see check_members.
void save_model(const std::filesystem::path& path, const Model& model);

/// Reads what save_model wrote, also compressed with gzip. Throws Error for a file that is missing,
/// malformed, of an unknown format version, or whose arrays do not fit its model text, contain a number that
/// is not finite, or are too many. A model with layers of a program's own needs them in `custom`, as in
/// `load_model("swish.safetensors", {swish})`; Error(unsupported) names one that is not there.
Model load_model(const std::filesystem::path& path, const std::vector<CustomLayer>& custom = {});

/// The same from the bytes of a model file, for programs that carry their model inside; `file` names them in
/// errors.
Model parse_model_file(std::span<const std::byte> bytes, const std::string& file = "model",
                       const std::vector<CustomLayer>& custom = {});

}  // namespace scrawl
#pragma GCC visibility pop
