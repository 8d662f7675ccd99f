#pragma once

#include "scrawl/model_spec.h"
#include "scrawl/preprocessing.h"

#include "formats/weight_file.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scrawl {

/// What scrawl's own exports tell beside the weights.
struct CarriedFacts {
  std::optional<ModelSpec> model = {};
  std::vector<std::string> classes = {};  ///< empty where the file has none
  std::optional<Preprocessing> preprocessing = {};
};

/// The metadata of a state dict in safetensors. The arrays of the preprocessing have no place in a state
/// dict; their names stand in the metadata instead.
std::map<std::string, std::string> state_dict_metadata(const ModelSpec& model,
                                                       const Preprocessing& preprocessing,
                                                       const std::vector<std::string>& classes);

/// Reads what an export tells, and takes the arrays of the preprocessing (`divisor`, `factor`, `offset`,
/// `mean`, `deviation`, `whitening`) out of `content`. `wanted` goes before a file that says nothing;
/// together with one that says something else it is refused. Throws Error that names `file`.
CarriedFacts take_carried_facts(WeightFile& content, const std::optional<Preprocessing>& wanted,
                                const std::string& file);

}  // namespace scrawl
