// Measures how well collected pictures are read. bench/pictures builds and runs it.
//
//     bench-pictures --data DIR [--gallery DIR]

#include "scrawl/scrawl.h"

#include "base/environment.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/text.h"
#include "edit_distance.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace scrawl::bench {
namespace {

namespace fs = std::filesystem;

struct Picture {
  std::string file;
  std::string truth;  ///< "|" between lines; of a Sudoku 0 for an empty cell
  std::string kind;

  bool is_sudoku() const { return kind.starts_with("sudoku"); }
};

std::vector<Picture> load_labels(const fs::path& folder) {
  std::vector<Picture> pictures;
  const std::string table = read_text_file(folder / "labels.tsv");
  for (const auto row : split(table, '\n')) {
    const auto fields = split(row, '\t');
    if (fields.size() >= 3 && fields[0] != "path")
      pictures.push_back({std::string(fields[0]), std::string(fields[1]), std::string(fields[2])});
  }
  return pictures;
}

std::string digits_only(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

/// What was read, as labels have it: lines of digits with "|" between them, of a Sudoku its cells.
struct Answer {
  std::string text;
  double seconds = 0;
};

std::string cells_of(const Reading& reading) {
  for (const Grid& grid : reading.grids) {
    if (grid.cells.size() != 9 || grid.cells[0].size() != 9) continue;
    std::string cells;
    for (const auto& row : grid.cells) {
      if (!cells.empty()) cells += '|';
      for (const auto& cell : row) cells += cell.size() == 1 ? cell[0] : cell.empty() ? '0' : '?';
    }
    return cells;
  }
  return "";
}

std::string lines_of(const Reading& reading) {
  std::string text;
  for (const Line& line : reading.lines) text += (text.empty() ? "" : "|") + line.text;
  return text;
}

/// The lines of digits that Tesseract reads; nothing where it is not installed.
std::optional<std::string> read_by_tesseract(const fs::path& file) {
  std::string quoted = "'";
  for (const char c : file.string()) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const std::string command = "OMP_THREAD_LIMIT=1 tesseract " + quoted +
                              "' - --psm 6 -c tessedit_char_whitelist=0123456789 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  if (!pipe) return std::nullopt;
  std::string output;
  std::array<char, 4096> block{};
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), pipe.get()))
    output.append(block.data(), size);
  std::string lines;
  for (const auto line : split(output, '\n'))
    if (const std::string digits = digits_only(line); !digits.empty())
      lines += (lines.empty() ? "" : "|") + digits;
  return lines;
}

struct Score {
  std::size_t singles = 0, right_singles = 0;
  std::size_t pages = 0, whole = 0, digits = 0, wrong_digits = 0;
  std::size_t cells = 0, right_cells = 0;
  std::size_t negatives = 0, right_negatives = 0;

  /// Whether the picture was read as a whole.
  bool add(const Picture& picture, const std::string& text) {
    const bool is_whole = text == picture.truth;
    if (picture.kind == "single") {
      ++singles, right_singles += is_whole;
    } else if (picture.kind == "negative") {
      ++negatives, right_negatives += text.empty();
    } else if (picture.is_sudoku()) {
      const std::string truth = digits_only(picture.truth);
      std::string read;
      for (const char c : text)
        if (c != '|') read += c;
      for (std::size_t i = 0; i < truth.size(); ++i)
        ++cells, right_cells += i < read.size() && read[i] == truth[i];
    } else {
      const std::string truth = digits_only(picture.truth);
      ++pages, whole += is_whole;
      digits += truth.size();
      wrong_digits += std::min(edit_distance(digits_only(text), truth), truth.size());
    }
    return picture.kind == "negative" ? text.empty() : is_whole;
  }
};

void print_row(const char* name, const std::vector<std::string>& values) {
  std::string row = fmt::format("{:<36}", name);
  for (const auto& value : values) row += fmt::format("{:>18}", value);
  fmt::print("{}\n", row);
}

std::string of(std::size_t part, std::size_t all) { return fmt::format("{} of {}", part, all); }

void print(const std::vector<std::string>& names, const std::vector<Score>& scores) {
  const auto each = [&](auto&& value) {
    std::vector<std::string> values;
    for (const Score& score : scores) values.push_back(value(score));
    return values;
  };
  print_row("", names);
  print_row("single digits", each([](const Score& s) { return of(s.right_singles, s.singles); }));
  print_row("pages, forms, lines: digits", each([](const Score& s) {
              return fmt::format("{:.1f} %",
                                 100.0 - 100.0 * static_cast<double>(s.wrong_digits) /
                                             static_cast<double>(std::max<std::size_t>(1, s.digits)));
            }));
  print_row("of those, pictures whole", each([](const Score& s) { return of(s.whole, s.pages); }));
  print_row("Sudoku cells", each([](const Score& s) { return of(s.right_cells, s.cells); }));
  print_row("pictures without digits, left alone",
            each([](const Score& s) { return of(s.right_negatives, s.negatives); }));
}

int run(int argc, char** argv) {
  std::optional<fs::path> data, gallery;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--data" && i + 1 < argc)
      data = argv[++i];
    else if (argument == "--gallery" && i + 1 < argc)
      gallery = argv[++i];
    else
      throw Error(ErrorCode::invalid_argument, "usage: bench/pictures --data DIR [--gallery DIR]");
  }
  if (!data)
    if (const auto folder = environment("SCRAWL_TEST_DATA")) data = *folder;
  if (!data) throw Error(ErrorCode::invalid_argument, "name the folder of the pictures with --data DIR");
  const fs::path folder = *data / "pictures";
  const bool has_tesseract = std::system("command -v tesseract >/dev/null 2>&1") == 0;

  const Recognizer recognizer;
  Score ours, tesseract;
  std::vector<double> seconds;
  std::string failed;
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">"
      "<title>Pictures</title><style>body{font:15px sans-serif;margin:1em}main{display:grid;gap:1em;"
      "grid-template-columns:repeat(auto-fill,minmax(18em,1fr))}figure{margin:0}img{max-width:100%}.wrong{"
      "color:#c00}"
      "</style><h1>Pictures</h1><main>";
  if (gallery) make_folder(*gallery);
  for (const Picture& picture : load_labels(folder)) {
    const auto start = std::chrono::steady_clock::now();
    const Reading reading = recognizer.read_file(folder / picture.file);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    const std::string text = picture.is_sudoku() ? cells_of(reading) : lines_of(reading);
    const bool is_right = ours.add(picture, text);
    if (!is_right)
      failed +=
          fmt::format("{}, {}\n  wanted {}\n  read   {}\n", picture.file, picture.kind, picture.truth, text);
    if (has_tesseract) tesseract.add(picture, read_by_tesseract(folder / picture.file).value_or(""));
    if (gallery) {
      std::string name = picture.file + ".png";
      std::replace(name.begin(), name.end(), '/', '-');
      write_annotated(*gallery / name, folder / picture.file, reading);
      page += fmt::format(
          "<figure><a href=\"{0}\"><img src=\"{0}\" alt=\"\" loading=\"lazy\"></a><figcaption>{1}, "
          "{2}<br>wanted "
          "{3}<br><span class=\"{5}\">read {4}</span></figcaption></figure>",
          name, picture.file, picture.kind, picture.truth, text, is_right ? "right" : "wrong");
    }
  }
  if (gallery) write_file(*gallery / "index.html", page + "</main></html>\n");
  if (has_tesseract)
    print({"scrawl", "Tesseract"}, {ours, tesseract});
  else
    print({"scrawl"}, {ours});
  std::sort(seconds.begin(), seconds.end());
  fmt::print("\n{} pictures on one thread: half of them in {:.0f} ms, the slowest in {:.0f} ms\n",
             seconds.size(), 1000 * seconds[seconds.size() / 2], 1000 * seconds.back());
  fmt::print("\nNot read as a whole:\n{}", failed);
  return 0;
}

}  // namespace
}  // namespace scrawl::bench

int main(int argc, char** argv) {
  try {
    return scrawl::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-pictures: {}\n", error.what());
    return 1;
  }
}
