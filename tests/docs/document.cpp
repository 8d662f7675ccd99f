#include "document.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace scrawl::test {
namespace {

constexpr std::string_view gap = "...";

bool is_blank(std::string_view line) { return trimmed(line).empty(); }

/// Text with `...` for any text.
bool line_matches(std::string_view shown, std::string_view real) {
  const auto at = shown.find(gap);
  if (at == std::string_view::npos) return shown == real;
  if (real.substr(0, at) != shown.substr(0, at)) return false;
  const auto rest = shown.substr(at + gap.size());
  for (std::size_t from = at; from <= real.size(); ++from)
    if (line_matches(rest, real.substr(from))) return true;
  return false;
}

using Lines = std::vector<std::string>;

bool lines_match(Lines::const_iterator shown, Lines::const_iterator shown_end, Lines::const_iterator real,
                 Lines::const_iterator real_end) {
  for (; shown != shown_end; ++shown, ++real) {
    if (trimmed(*shown) == gap) {
      for (auto from = real;; ++from) {
        if (lines_match(shown + 1, shown_end, from, real_end)) return true;
        if (from == real_end) return false;
      }
    }
    if (real == real_end || !line_matches(*shown, *real)) return false;
  }
  return real == real_end;
}

Lines without_blank_ends(Lines lines) {
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  while (!lines.empty() && is_blank(lines.front())) lines.erase(lines.begin());
  return lines;
}

/// The next code point of UTF-8 text that is taken to be well formed; advances `at`.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0xc0) return first;
  std::uint32_t code = first < 0xe0 ? first & 0x1fU : first < 0xf0 ? first & 0x0fU : first & 0x07U;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U)
    code = code << 6U | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  return code;
}

/// GitHub leaves punctuation out of anchors, that of Chinese text too.
bool is_punctuation(std::uint32_t code) {
  const auto within = [code](std::uint32_t low, std::uint32_t high) { return code >= low && code <= high; };
  if (code < 0x80)
    return !(within('0', '9') || within('a', 'z') || within('A', 'Z') || code == ' ' || code == '-' ||
             code == '_');
  return within(0x2000, 0x206f) || within(0x3000, 0x303f) || within(0xff00, 0xff0f) ||
         within(0xff1a, 0xff20) || within(0xff3b, 0xff40) || within(0xff5b, 0xff65);
}

/// `code` and what stands in it become blanks.
std::string without_code(std::string_view line) {
  std::string out(line);
  for (std::size_t at = out.find('`'); at != std::string::npos; at = out.find('`', at)) {
    std::size_t ticks = 0;
    while (at + ticks < out.size() && out[at + ticks] == '`') ++ticks;
    const auto end = out.find(std::string(ticks, '`'), at + ticks);
    if (end == std::string::npos) break;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at),
              out.begin() + static_cast<std::ptrdiff_t>(end + ticks), ' ');
  }
  return out;
}

void find_links(std::string_view line, std::size_t number, std::vector<Link>& links) {
  const std::string text = without_code(line);
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) {
    const auto end = text.find_first_of(") ", at + 2);
    if (end != std::string::npos) links.push_back({text.substr(at + 2, end - at - 2), number});
  }
}

void find_code_words(std::string_view line, std::size_t number, std::vector<CodeWord>& words) {
  const auto parts = split(line, '`');
  for (std::size_t i = 1; i + 1 < parts.size(); i += 2)  // what lies between two backticks
    for (const auto word : split(parts[i], ' ')) words.push_back({std::string(word), number});
}

/// The text of a heading without the targets of its links.
std::string heading_text(std::string_view line) {
  std::string text(trimmed(line.substr(line.find_first_not_of('#'))));
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at)) {
    const auto end = text.find(')', at);
    if (end == std::string::npos) break;
    text.erase(at, end - at + 1);
  }
  return text;
}

}  // namespace

int DocumentCommand::status() const {
  constexpr std::string_view words = "# exits with ";
  const auto at = text.rfind(words);
  return at == std::string::npos ? 0 : std::stoi(text.substr(at + words.size()));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const auto line : split(text, '\n')) lines.emplace_back(line);
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (std::size_t at = 0; at < heading.size();) {
    const std::size_t from = at;
    const std::uint32_t code = next_code_point(heading, at);
    if (is_punctuation(code)) continue;
    if (code == ' ')
      anchor += '-';
    else if (code >= 'A' && code <= 'Z')
      anchor += static_cast<char>(code - 'A' + 'a');
    else
      anchor += heading.substr(from, at - from);
  }
  return anchor;
}

Document parse_document(std::string_view text) {
  Document document;
  const auto lines = lines_of(text);
  std::string fence;  // that the open block ends with
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = trimmed(lines[i]);
    const bool begins_block = fence.empty() && line.starts_with("```");
    if (begins_block) {
      fence = line.substr(0, line.find_first_not_of('`'));
      const auto info = trimmed(line.substr(fence.size()));
      const auto space = std::min(info.find(' '), info.size());
      document.blocks.push_back({.kind = std::string(info.substr(0, space)),
                                 .note = std::string(trimmed(info.substr(space))),
                                 .lines = {},
                                 .line = i + 2});
    } else if (!fence.empty() && line == fence) {
      fence.clear();
    } else if (!fence.empty()) {
      document.blocks.back().lines.push_back(lines[i]);
    } else {
      find_links(lines[i], i + 1, document.links);
      find_code_words(lines[i], i + 1, document.code_words);
      if (!line.starts_with('#')) continue;
      const std::string anchor = anchor_of(heading_text(line));
      std::string name = anchor;
      for (int n = 1; std::count(document.anchors.begin(), document.anchors.end(), name) > 0; ++n)
        name = anchor + "-" + std::to_string(n);
      document.anchors.push_back(name);
    }
  }
  return document;
}

std::vector<DocumentCommand> commands_of(const Block& block) {
  std::vector<DocumentCommand> commands;
  bool in_command = false;
  for (std::size_t i = 0; i < block.lines.size(); ++i) {
    const std::string& line = block.lines[i];
    if (line.starts_with("$ ")) {
      commands.push_back({.text = line.substr(2), .output = {}, .line = block.line + i});
      in_command = true;
    } else if (commands.empty()) {
      throw std::runtime_error("line " + std::to_string(block.line + i) +
                               ": a console block begins with '$ ' and a command");
    } else if (in_command && (line.starts_with("> ") || line == ">")) {
      commands.back().text += "\n" + line.substr(std::min<std::size_t>(2, line.size()));
    } else {
      in_command = false;
      commands.back().output.push_back(line);
    }
  }
  return commands;
}

bool output_matches(const std::vector<std::string>& shown, const std::vector<std::string>& real) {
  const Lines a = without_blank_ends(shown);
  const Lines b = without_blank_ends(real);
  return lines_match(a.begin(), a.end(), b.begin(), b.end());
}

bool is_quoted_from(const std::vector<std::string>& quote, const std::vector<std::string>& file) {
  const auto same = [](const std::string& a, const std::string& b) { return trimmed(a) == trimmed(b); };
  const auto is_gap = [](const std::string& line) {
    return trimmed(line) == gap || trimmed(line) == "// ...";
  };
  auto place = file.begin();
  for (auto from = quote.begin(); from != quote.end();) {
    const auto to = std::find_if(from, quote.end(), is_gap);
    place = std::search(place, file.end(), from, to, same);
    if (place == file.end() && from != to) return false;
    place += to - from;
    from = to == quote.end() ? to : to + 1;
  }
  return true;
}

}  // namespace scrawl::test
