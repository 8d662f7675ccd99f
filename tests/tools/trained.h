#pragma once

#include "tools/command.h"
#include "tools/small_set.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::test {

/// A folder with a recipe, recipe.toml, and its data: a run takes some milliseconds and no MNIST.
class Trained : public ::testing::Test {
 protected:
  Trained() {
    const std::string data = (folder / "set.npz").string();
    write_data(data, DataFormat::npz,
               {{.part = Part::train, .data = small_set()}, {.part = Part::test, .data = small_set()}});
    write_file(folder / "recipe.toml", "name = \"small\"\n[data]\nname = \"" + data + R"("
[model]
layers = "3x3 > dense 5 > relu > dense 3"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.2
[training]
batch = 4
steps = 100
[report]
every = 50
lines = ["the author's line"]
)");
  }

  /// Of a run in the folder `run`.
  std::vector<std::string> train(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"train", (folder / "recipe.toml").string(), "--out",
                                          (folder / "run").string(), "--no-pictures"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string text(const std::string& file) const { return read_text_file(folder / file); }

  TempFolder folder;
};

}  // namespace scrawl::test
