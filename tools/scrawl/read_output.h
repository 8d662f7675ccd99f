#pragma once

#include "scrawl/recognizer.h"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace scrawl::tool {

nlohmann::ordered_json reading_json(const std::string& file, const Reading& reading);

/// Prints a line for each line of writing, and for a picture of one digit the probability of each class.
/// `show` draws digits as the network sees them.
void print_reading(const std::string& file, const Reading& reading, const std::vector<std::string>& classes,
                   bool show);

/// Prints the tables, a line for each row and a comma between cells, and an empty line between tables; for
/// pictures without tables a line for each line of writing.
void print_csv(const Reading& reading);

}  // namespace scrawl::tool
