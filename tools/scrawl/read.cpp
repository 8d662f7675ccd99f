#include "scrawl/error.h"
#include "scrawl/recognizer.h"

#include "base/text.h"
#include "command.h"
#include "draw.h"
#include "judged_images.h"
#include "numbers.h"
#include "output.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t bar_width = 40;
constexpr std::size_t most_stream_bytes = std::size_t{1} << 28;

struct ReadArguments {
  std::vector<std::string> pictures;
  std::filesystem::path model;
  bool show = false;
  bool json = false;
  std::size_t threads = 0;
  float least_confidence = 0;
  std::optional<float> target_error;
};

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

Json digit_json(const Digit& digit) {
  Json alternatives = Json::array();
  for (const auto& other : digit.alternatives)
    alternatives.push_back({{"value", other.value}, {"confidence", other.confidence}});
  const Box& box = digit.box;
  return {{"value", digit.value},
          {"confidence", digit.confidence},
          {"box", {box.x, box.y, box.width, box.height}},
          {"alternatives", alternatives}};
}

Json reading_json(const std::string& file, const Reading& reading) {
  Json lines = Json::array();
  Json probabilities = Json::array();
  for (const auto& line : reading.lines) {
    Json digits = Json::array();
    for (const auto& digit : line.digits) {
      digits.push_back(digit_json(digit));
      probabilities = digit.probabilities;
    }
    lines.push_back({{"text", line.text}, {"confidence", line.confidence}, {"digits", digits}});
  }
  Json refused = Json::array();
  for (const auto& mark : reading.refused) {
    refused.push_back(digit_json(mark));
    probabilities = mark.probabilities;
  }
  return {
      {"file", file},       {"width", reading.width},         {"height", reading.height},    {"lines", lines},
      {"refused", refused}, {"probabilities", probabilities}, {"warnings", reading.warnings}};
}

void print(const Digit& digit, const std::vector<std::string>& classes, bool show) {
  if (show) {
    print_line("");
    for (const auto& line :
         draw(digit.image.pixels, {.height = digit.image.height, .width = digit.image.width},
              terminal_shades()))
      print_line(Text::raw("  " + line));
    print_line("");
  }
  const auto names = printable_names(classes);
  const std::size_t width = widest(names, 0);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const double probability = digit.probabilities[c];
    const std::string row = fmt::format("  {:>{}}  {:>8}  {}", names[c], width, percent(probability),
                                        bar(probability, bar_width));
    const std::string line = row.substr(0, row.find_last_not_of(' ') + 1);
    print_line(classes[c] == digit.value ? bold(line) : Text(line));
  }
}

void print(const std::string& file, const Reading& reading, const std::vector<std::string>& classes,
           bool show) {
  const std::string name = printable(file, 400);
  if (reading.lines.empty()) {
    print_line(reading.refused.empty()
                   ? fmt::format("{}: no digit found", name)
                   : fmt::format("{}: not a digit  {}", name, percent(reading.refused[0].confidence)));
    if (show)
      for (const auto& mark : reading.refused) print(mark, classes, show);
    return;
  }
  for (const auto& line : reading.lines) {
    print_line(format_text("{}: {}  {}", name, bold(line.text), percent(line.confidence)));
    for (const auto& digit : line.digits) print(digit, classes, show);
  }
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
  ReadSettings settings{.least_confidence = arguments.least_confidence};
  if (arguments.target_error)
    settings.least_confidence = std::max(settings.least_confidence,
                                         confidence_for_error(recognizer.model(), *arguments.target_error));
  const std::span pictures(arguments.pictures);
  if (std::count(pictures.begin(), pictures.end(), "-") > 1)
    throw Error(ErrorCode::invalid_argument, "standard input (-) can be read once only; name it once");

  const std::size_t wanted =
      arguments.threads ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
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
      } else {
        if (!is_first) print_line("");
        is_first = false;
        print(name, outcomes[i].reading, recognizer.model().classes(), arguments.show);
      }
    }
  }
  return status;
}

}  // namespace

void add_read(CommandLine& line) {
  auto arguments = std::make_shared<ReadArguments>();
  auto* command = line.add(
      line.app, "read", "Read the handwritten digit in each picture",
      {.notes =
           "Each picture is a photograph, a scan or a drawing of one digit, dark on light or light on dark.\n"
           "A 28x28 picture in MNIST's form is read as it is.\n",
       .examples = "  scrawl read digit.png\n"
                   "  scrawl read --show photo.jpg          also shows what the network sees\n"
                   "  scrawl read --json *.png > digits.jsonl\n"
                   "  scrawl read digit.png --model runs/two-layer/model.safetensors\n"});
  add_value(command, "pictures", "PICTURE", arguments->pictures,
            "PNG, JPEG, GIF, TIFF, WebP, BMP or PNM files; - reads one picture from standard input")
      ->required();
  add_value(command, "--model", "MODEL", arguments->model, "A model file (default: the built-in model)");
  command->add_flag("--show", arguments->show, "Draw each digit as the network sees it");
  command->add_flag("--json", arguments->json, "Print one JSON object per picture and line");
  add_value(command, "--min-confidence", "P", arguments->least_confidence,
            "Print ? for a digit that is less sure, from 0 to 1")
      ->check(number(0, 1));
  add_value(command, "--target-error", "P", arguments->target_error,
            "Print ? below the confidence at which calibration measured this error rate, such as 0.001")
      ->check(number(0, 1));
  add_threads(command, arguments->threads, "Number of pictures read at a time (default: all cores)");
  command->callback([arguments, &line] { line.status = read_all(*arguments); });
}

}  // namespace scrawl::tool
