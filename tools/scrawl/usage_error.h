#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace scrawl::tool {

/// The words after the program's name in reverse, as CLI11 parses them. An optional value gets its default
/// unless a number follows: "--suspects MODEL" is "--suspects=20 MODEL".
std::vector<std::string> words_to_parse(const CLI::App& app, int argc, char** argv);

struct UsageError {
  std::string problem;  ///< names the argument, and the remedy where it is known
  std::string help;     ///< where help is
};

/// What is wrong with the command line; `words` are those that were parsed. CLI11 by itself lists unexpected
/// words in reverse order, and complains about missing ones first.
UsageError explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

}  // namespace scrawl::tool
