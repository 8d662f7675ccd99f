#pragma once

#include "scrawl/model.h"

#include "images.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace scrawl::tool {

struct EvaluateArguments {
  std::filesystem::path model;
  std::string data;
  std::string part = "test";
  std::string map;
  std::size_t batch = 100;
  std::size_t threads = 0;
  std::optional<std::size_t> index;
  std::optional<std::size_t> suspects;
  std::filesystem::path out;
  bool overwrite = false;
  bool json = false;
};

/// `scrawl evaluate --index`: how one image looks, what it is read as, and how probable each class is.
void evaluate_image(const EvaluateArguments& arguments, const Model& model, const Images& images);

/// `scrawl evaluate --suspects`: the images whose labels the model doubts most.
void list_suspects(const EvaluateArguments& arguments, const Model& model, const Images& images);

}  // namespace scrawl::tool
