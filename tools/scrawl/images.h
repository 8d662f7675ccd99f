#pragma once

#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/model.h"
#include "scrawl/trainer.h"

#include <filesystem>
#include <memory>
#include <string>

namespace scrawl::tool {

/// One part of a data set, and how to call it.
struct Images {
  std::unique_ptr<TrainingData> divided = {};  // as a model's recipe divides its data
  Dataset whole = {};                          // or the part of another data set
  DatasetView view = {};
  std::string name = {};
  std::string part = {};
};

/// Of a known data set, a file or a folder.
Images load_images(const std::string& source, Part part, const UnpackLimits& limits);

/// The same with labels that count the model's classes; see match_classes.
Images load_images_for(const Model& model, const std::string& source, Part part, const ClassMap& map,
                       const UnpackLimits& limits);

/// What the model was trained on, divided as its recipe says, where `source` is empty or names these data;
/// otherwise the same as load_images_for. `file` is the model's.
Images load_test_images(const Model& model, const std::filesystem::path& file, const std::string& source,
                        Part part, const ClassMap& map, const UnpackLimits& limits);

/// What a model was trained on may have got other classes since.
void match_classes(TrainingData& data, const Model& model, const ClassMap& map = {});

/// What the user says with --map; `text` may be empty.
ClassMap class_map(const std::string& text);
extern const char* const map_help;

}  // namespace scrawl::tool
