#include "scrawl/error.h"
#include "scrawl/recognizer.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"
#include "numbers.h"
#include "output.h"
#include "output_file.h"
#include "read_output.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

constexpr std::size_t most_stream_bytes = std::size_t{1} << 28;

struct ReadArguments {
  std::vector<std::string> pictures;
  std::filesystem::path model;
  bool show = false;
  bool json = false;
  bool csv = false;
  bool single = false;
  bool overwrite = false;
  std::string list;
  std::filesystem::path annotate;
  std::filesystem::path explain;
  std::size_t threads = 0;
  float least_confidence = 0;
  std::optional<float> target_error;
};

/// Whether a file in a folder is named as pictures are.
bool is_picture_name(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view all[] = {".png",  ".jpg", ".jpeg", ".gif", ".tif", ".tiff",
                                      ".webp", ".bmp", ".pnm",  ".pgm", ".pbm", ".ppm"};
  return std::find(std::begin(all), std::end(all), extension) != std::end(all);
}

/// Adds the pictures of a folder and of the folders in it, in order of their names.
void add_folder(const std::filesystem::path& folder, std::vector<std::string>& pictures) {
  std::vector<std::filesystem::path> entries = list_folder(folder);
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    if (is_folder(entry))
      add_folder(entry, pictures);
    else if (is_picture_name(entry))
      pictures.push_back(entry.string());
  }
}

/// The pictures that were asked for: files, those in folders, and those that a list names.
std::vector<std::string> pictures_of(const ReadArguments& arguments) {
  std::vector<std::string> named = arguments.pictures;
  if (!arguments.list.empty()) {
    std::ifstream file(arguments.list);
    if (!file)
      throw Error(ErrorCode::not_found, "cannot be opened; name a text file with a picture in each line",
                  arguments.list);
    for (std::string line; std::getline(file, line);)
      if (!line.empty()) named.push_back(line);
  }
  std::vector<std::string> pictures;
  for (const std::string& name : named) {
    if (name == "-" || !is_folder(name)) {
      pictures.push_back(name);
      continue;
    }
    const std::size_t before = pictures.size();
    add_folder(name, pictures);
    if (pictures.size() == before) throw Error(ErrorCode::not_found, "has no picture files", name);
  }
  return pictures;
}

/// A picture that was read, or why it was not.
struct Outcome {
  Reading reading;
  std::exception_ptr trouble;
};

Reading read_standard_input(const Recognizer& recognizer, const ReadSettings& settings) {
  constexpr std::size_t block = std::size_t{1} << 16;
  std::string text;
  std::string part(block, '\0');
  while (std::cin.read(part.data(), block), std::cin.gcount() > 0) {
    text.append(part, 0, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > most_stream_bytes)
      throw Error(ErrorCode::bad_data, "is longer than 256 MiB; give the picture as a file",
                  "standard input");
  }
  return recognizer.read_picture(std::as_bytes(std::span(text)), "standard input", settings);
}

Outcome read(const Recognizer& recognizer, const std::string& picture, const ReadSettings& settings) {
  Outcome outcome;
  try {
    outcome.reading =
        picture == "-" ? read_standard_input(recognizer, settings) : recognizer.read_file(picture, settings);
  } catch (...) {
    outcome.trouble = std::current_exception();
  }
  return outcome;
}

/// Prints the message of a picture that could not be read; gives the exit status that it stands for.
int report(const std::string& name, const std::exception_ptr& trouble) {
  try {
    std::rethrow_exception(trouble);
  } catch (const Error& error) {
    print_error(error.what());
    return status_of(error.code());
  } catch (const std::bad_alloc&) {
    print_error(printable(name, 400) +
                ": not enough memory to read it; read fewer pictures at a time (--threads 1), or make it "
                "smaller");
    return system_trouble;
  }
}

/// Reads pictures side by side, one to a thread; those that the system has no thread for, one by one.
std::vector<Outcome> read_side_by_side(const Recognizer& recognizer, std::span<const std::string> pictures,
                                       const ReadSettings& settings) {
  std::vector<Outcome> outcomes(pictures.size());
  std::vector<std::jthread> others;
  others.reserve(pictures.size());
  std::size_t last = pictures.size();  // from here on, others read
  try {
    for (; last > 1; --last)
      others.emplace_back([&, i = last - 1] { outcomes[i] = read(recognizer, pictures[i], settings); });
  } catch (const std::system_error&) {
  }
  for (std::size_t i = 0; i < last; ++i) outcomes[i] = read(recognizer, pictures[i], settings);
  others.clear();  // waits for them
  return outcomes;
}

int read_all(const ReadArguments& arguments) {
  const Recognizer recognizer =
      arguments.model.empty() ? Recognizer() : Recognizer(load_model(arguments.model));
  ReadSettings settings{.least_confidence = arguments.least_confidence, .single = arguments.single};
  if (arguments.target_error)
    settings.least_confidence = std::max(settings.least_confidence,
                                         confidence_for_error(recognizer.model(), *arguments.target_error));
  const std::vector<std::string> all = pictures_of(arguments);
  const std::span<const std::string> pictures(all);
  if (pictures.empty())
    throw Error(ErrorCode::invalid_argument,
                "no picture is named; name files or folders, or a list with --from");
  if (std::count(pictures.begin(), pictures.end(), "-") > 1)
    throw Error(ErrorCode::invalid_argument, "standard input (-) can be read once only; name it once");

  const std::size_t wanted =
      arguments.threads ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
  const bool draws = !arguments.annotate.empty() || !arguments.explain.empty();
  if (draws && (pictures.size() != 1 || pictures[0] == "-"))
    throw Error(ErrorCode::invalid_argument, "--annotate and --explain take one picture file at a time");
  if (!arguments.annotate.empty()) check_output(arguments.annotate, pictures[0], arguments.overwrite);
  // Pictures are read out of order and printed in order; only so many wait to be printed.
  int status = success;
  bool is_first = true;
  for (std::size_t first = 0; first < pictures.size(); first += wanted) {
    const auto some = pictures.subspan(first, std::min(wanted, pictures.size() - first));
    const auto outcomes = read_side_by_side(recognizer, some, settings);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const std::string name = some[i] == "-" ? "standard input" : some[i];
      for (const auto& warning : outcomes[i].reading.warnings)
        print_message(printable(name, 400) + ": warning: " + warning);
      if (outcomes[i].trouble) {
        status = std::max(status, report(name, outcomes[i].trouble));
      } else if (arguments.json) {
        print_json(reading_json(name, outcomes[i].reading));
      } else if (arguments.csv) {
        print_csv(outcomes[i].reading);
      } else {
        if (!is_first) print_line("");
        is_first = false;
        print_reading(name, outcomes[i].reading, recognizer.model().classes(), arguments.show);
      }
      if (outcomes[i].trouble) continue;
      if (!arguments.annotate.empty()) write_annotated(arguments.annotate, some[i], outcomes[i].reading);
      if (!arguments.explain.empty())
        write_steps(arguments.explain, name, recognizer.explain_file(some[i], settings));
    }
  }
  return status;
}

}  // namespace

void add_read(CommandLine& line) {
  auto arguments = std::make_shared<ReadArguments>();
  auto* command = line.add(
      line.app, "read", "Read the handwritten digits and numbers in each picture",
      {.notes = "Each picture is a photograph, a scan or a drawing of one digit, of lines of numbers or of "
                "tables, dark on\n"
                "light or light on dark; it may lie on its side. Each line of writing is printed as one "
                "line. Of a folder,\n"
                "all pictures in it are read. A 28x28 picture in MNIST's form is read as it is.\n",
       .examples = "  scrawl read digit.png\n"
                   "  scrawl read --annotate read.png page.jpg   frames what was read\n"
                   "  scrawl read --explain steps page.jpg       shows each step: open steps/index.html\n"
                   "  scrawl read --csv table.jpg > table.csv\n"
                   "  scrawl read --show photo.jpg          also shows what the network sees\n"
                   "  scrawl read --json *.png > digits.jsonl\n"
                   "  scrawl read digit.png --model runs/two-layer/model.safetensors\n"});
  add_value(command, "pictures", "PICTURE", arguments->pictures,
            "PNG, JPEG, GIF, TIFF, WebP, BMP or PNM files, or folders of them; - reads one picture from "
            "standard input");
  add_value(command, "--from", "FILE", arguments->list,
            "Read the pictures that a text file names, one a line");
  add_value(command, "--model", "MODEL", arguments->model, "A model file (default: the built-in model)");
  command->add_flag("--show", arguments->show, "Draw each digit as the network sees it");
  auto* json = command->add_flag("--json", arguments->json, "Print one JSON object per picture and line");
  command->add_flag("--csv", arguments->csv, "Print tables as comma-separated values, and nothing else")
      ->excludes(json);
  command->add_flag("--single", arguments->single,
                    "Take each picture for one digit, however many marks it has");
  add_value(command, "--annotate", "FILE", arguments->annotate,
            "Write the picture as PNG with frames around what was read");
  add_value(command, "--explain", "DIR", arguments->explain,
            "Write a picture of each step of reading, and a page index.html that shows them");
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  add_value(command, "--min-confidence", "P", arguments->least_confidence,
            "Print ? for a digit that is less sure, from 0 to 1")
      ->check(number(0, 1));
  add_value(command, "--target-error", "P", arguments->target_error,
            "Print ? below the confidence at which calibration measured this error rate, such as 0.001")
      ->check(number(0, 1));
  add_threads(command, arguments->threads, "Number of pictures read at a time (default: all cores)");
  command->callback([arguments, &line] {
    if (arguments->pictures.empty() && arguments->list.empty()) throw CLI::RequiredError("pictures");
    line.status = read_all(*arguments);
  });
}

}  // namespace scrawl::tool
