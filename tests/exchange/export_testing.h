#pragma once

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/random.h"

#include "base/process.h"
#include "model/state_testing.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scrawl::test {

/// A model that nobody trained.
inline Model made_up_model(const std::string& spec, const Initialiser& initialiser = {}) {
  Model model{Network(parse_model(spec)), {}};
  model.only().network.initialise(initialiser, 7);
  for (const auto& info : model.only().network.parameter_infos())  // biases would all be zero
    if (info.kind == ParameterKind::bias)
      for (std::size_t i = 0; i < info.size(); ++i)
        model.only().network.parameters()[info.offset + i] = 0.01F * static_cast<float>(i % 7) - 0.02F;
  fill_state(model.only().network);
  for (std::size_t c = 0; c < model.outputs(); ++c) model.only().info.classes.push_back(std::to_string(c));
  return model;
}

/// `count` test images of MNIST where they are in the cache and fit, otherwise made-up ones with as much
/// background.
inline std::vector<std::uint8_t> some_images(std::size_t count, std::size_t pixels) {
  if (pixels == 784) {
    try {
      auto images = load_dataset("mnist", Part::test).images;
      images.resize(count * pixels);
      return images;
    } catch (const Error&) {
    }
  }
  std::vector<std::uint8_t> images(count * pixels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto draw = random_below(RandomKey{.seed = 3}, static_cast<std::uint32_t>(i), 1280);
    images[i] = static_cast<std::uint8_t>(draw < 256 ? draw : 0);
  }
  return images;
}

/// Whether the program starts and succeeds with these arguments.
inline bool runs(const std::vector<std::string>& arguments) { return run_process(arguments).exit_code == 0; }

}  // namespace scrawl::test
