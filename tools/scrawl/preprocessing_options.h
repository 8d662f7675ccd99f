#pragma once

#include "scrawl/library.h"
#include "scrawl/preprocessing.h"

#include <cstddef>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace scrawl::tool {

/// How the pixels were prepared when somebody else trained a network.
struct PreprocessingOptions {
  std::string scale;
  std::optional<float> divisor;
  std::string mean;
  std::string deviation;
  std::string whitening;

  /// What the options say; nullopt where none was given.
  std::optional<Preprocessing> value(const UnpackLimits& limits) const;

  /// Throws Error that names the option whose values do not fit images of so many pixels.
  void check(const Preprocessing& values, std::size_t pixels) const;
};

void add_preprocessing_options(CLI::App* command, PreprocessingOptions& options);

}  // namespace scrawl::tool
