#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace scrawl::test {

/// A command of a ```console block with the output that the document shows below it.
struct DocumentCommand {
  std::string text;  ///< without the "$ " and "> " at the start of its lines
  std::vector<std::string> output;
  std::size_t line = 0;  ///< of the document, from 1

  /// N of "# exits with N" at its end, 0 without.
  int status() const;
};

/// A fenced block: ```KIND NOTE
struct Block {
  std::string kind;
  std::string note;
  std::vector<std::string> lines;
  std::size_t line = 0;  ///< of the first line within the block, from 1
};

struct Link {
  std::string target;
  std::size_t line = 0;
};

/// A word of `code` outside of blocks.
struct CodeWord {
  std::string text;
  std::size_t line = 0;
};

/// What the tests look at in a Markdown file.
struct Document {
  std::vector<Block> blocks;
  std::vector<Link> links;  ///< [text](target) and ![text](target) outside of code
  std::vector<CodeWord> code_words;
  std::vector<std::string> anchors;  ///< of the headings, as GitHub makes them
};

Document parse_document(std::string_view text);

/// The commands of a ```console block. Lines before the first "$ " are an error: they throw.
std::vector<DocumentCommand> commands_of(const Block& block);

/// Whether the output is as shown: a line "..." stands for any number of lines, "..." within a line for any
/// text. Blank lines at the ends do not count.
bool output_matches(const std::vector<std::string>& shown, const std::vector<std::string>& real);

/// Whether the lines of `quote` stand in `file` one below the other, but for their indentation. A line of
/// "..." or "// ..." stands for lines that the quote leaves out.
bool is_quoted_from(const std::vector<std::string>& quote, const std::vector<std::string>& file);

/// "How fast?" -> "how-fast"
std::string anchor_of(std::string_view heading);

std::vector<std::string> lines_of(std::string_view text);

}  // namespace scrawl::test
