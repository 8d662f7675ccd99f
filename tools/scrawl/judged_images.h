#pragma once

#include "scrawl/evaluation.h"
#include "scrawl/report.h"

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

/// How images and what a model makes of them are told.
namespace scrawl::tool {

/// The class's name as a terminal may show it; its number where it has none.
std::string class_text(std::span<const std::string> classes, std::size_t c);

/// The names as a terminal may show them: what a model file holds may not move its cursor.
std::vector<std::string> printable_names(std::span<const std::string> classes);

/// "4", or "4 read as 9".
std::string reading(const Judgement& judgement, std::span<const std::string> classes);

/// The image with caption and mark, the classes as pictures call them.
Tile to_tile(const Judgement& judgement, std::span<const std::string> classes,
             std::span<const std::uint8_t> pixels);

/// Says on standard output what pictures call classes whose names they cannot show.
void print_legend(std::span<const std::string> classes);

nlohmann::ordered_json to_json(const Judgement& judgement);

}  // namespace scrawl::tool
