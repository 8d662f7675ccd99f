#pragma once

#include "scrawl/dataset.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The name of each class: class_names, or the numbers from 0.
std::vector<std::string> names_of_classes(const Dataset& data);

/// Which classes of a data set are which of a model, where their names do not say it.
struct ClassMap {
  bool by_position = false;  ///< the data set's first class is the model's first, and so on
  std::vector<std::pair<std::string, std::string>> pairs = {};  ///< (of the data set, of the model)
};

/// "by-position", or pairs such as "0=A,1=B": class 0 of the data set is class A of the model. Throws
/// Error(invalid_argument) for anything else, and for a class of the data set that stands there twice.
ClassMap parse_class_map(std::string_view text);

/// Whose classes a data set is matched with, for messages.
struct ClassOwner {
  std::string_view name = "the model";
  std::string_view remedy = {};  ///< empty: an example of --map
};

/// Renumbers the labels so that they count `classes`, which become the data set's class_names. Classes are
/// the same if `map` says so or if their names are equal; a data set without class_names has the names "0",
/// "1" and so on. Their order does not matter, and `classes` may hold more. A data set without class_names is
/// left alone where that changes no label.
///
/// Throws Error(invalid_argument) that lists the classes of both if one with images is not among `classes`,
/// and for names in `map` that neither has.
void match_classes(Dataset& data, std::span<const std::string> classes, const ClassMap& map = {},
                   const ClassOwner& owner = {});

}  // namespace scrawl
#pragma GCC visibility pop
