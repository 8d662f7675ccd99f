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

/// Maps the classes of a data set to those of a model if their names differ.
struct ClassMap {
  bool by_position = false;  ///< the data set's first class is the model's first, and so on
  std::vector<std::pair<std::string, std::string>> pairs = {};  ///< (of the data set, of the model)
};

/// "by-position", or pairs such as "0=A,1=B": class 0 of the data set is class A of the model. Throws
/// Error(invalid_argument) for anything else, and for a class of the data set that occurs twice.
ClassMap parse_class_map(std::string_view text);

/// The owner of the classes that a data set is matched with, for messages.
struct ClassOwner {
  std::string_view name = "the model";
  std::string_view remedy = {};  ///< if empty, an example of --map
};

/// Renumbers the labels to match `classes`, which become the data set's class_names. Two classes are the same
/// if `map` says so or if their names are equal; a data set without class_names has the names "0", "1" and so
/// on. The order does not matter, and `classes` may have more classes. A data set without class_names is not
/// changed if no label would change.
///
/// Throws Error(invalid_argument) that lists the classes of both sides if a class with images is not in
/// `classes`, and for names in `map` that neither side has.
void match_classes(Dataset& data, std::span<const std::string> classes, const ClassMap& map = {},
                   const ClassOwner& owner = {});

}  // namespace scrawl
#pragma GCC visibility pop
