#pragma once

#include "scrawl/data_files.h"
#include "scrawl/model.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A data set of a few images and a model for it, both made up by hand, so that tests of the command need no
/// MNIST.
namespace scrawl::test {

/// Image i is of class i % 3 and as bright in that column; image 4 says that it is of class 2 and is not.
inline Dataset small_set(const std::vector<std::string>& classes = {}, Shape shape = {1, 3, 3}) {
  Dataset data{.name = "small", .shape = shape, .classes = 3, .class_names = classes};
  for (std::size_t i = 0; i < 12; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i == 4 ? 2 : i % 3));
    for (std::size_t p = 0; p < shape.size(); ++p)
      data.images.push_back(p % shape.width == i % 3 ? static_cast<std::uint8_t>(255 - i) : 0);
  }
  return data;
}

/// As a file of one part.
inline std::string write_small_set(const std::filesystem::path& path, const Dataset& data) {
  std::vector<DataPart> parts;
  parts.push_back({.data = data});
  write_data(path, DataFormat::npz, parts);
  return path.string();
}

/// Reads an image of 3x3 by its brightest column.
inline std::string write_small_model(const std::filesystem::path& path,
                                     const std::vector<std::string>& classes = numbered_classes(3)) {
  Network network(parse_model("3x3 > dense 3"));
  std::vector<float> weights(27);
  for (std::size_t output = 0; output < 3; ++output)
    for (std::size_t y = 0; y < 3; ++y) weights[output * 9 + y * 3 + output] = 2;
  set_parameter<float>(network, network.parameter_infos().front(), weights);
  ModelInfo info;
  info.classes = classes;
  save_model(path, network, info);
  return path.string();
}

}  // namespace scrawl::test
