#include "scrawl/error.h"
#include "scrawl/model.h"

#include "command.h"
#include "output.h"
#include "output_file.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct JoinArguments {
  std::vector<fs::path> models;
  fs::path out;
  bool overwrite = false;
  bool json = false;
};

/// One file after the other, so that the message names the one that does not fit.
Model join(const std::vector<fs::path>& files) {
  Model joined = load_model(files.front());
  for (std::size_t i = 1; i < files.size(); ++i) {
    std::vector<Model> pair;
    pair.push_back(std::move(joined));
    pair.push_back(load_model(files[i]));
    try {
      joined = join_models(std::move(pair));
    } catch (const Error& error) {
      throw Error(error.code(), error.message(), files[i].string());
    }
  }
  return joined;
}

int join(const JoinArguments& arguments) {
  if (arguments.models.size() < 2)
    throw Error(ErrorCode::invalid_argument,
                "an ensemble needs at least two members; name another model file");
  for (const auto& file : arguments.models) check_output(arguments.out, file, arguments.overwrite);
  const Model model = join(arguments.models);
  save_model(arguments.out, model);
  const std::size_t members = model.members.size();
  const std::size_t parameters = count_parameters(model);
  const std::string out = arguments.out.string();
  if (arguments.json) {
    std::vector<std::string> files;
    files.reserve(arguments.models.size());
    for (const auto& file : arguments.models) files.push_back(file.string());
    print_json({{"files", files},
                {"members", members},
                {"parameters", parameters},
                {"weights_sha256", weights_sha256(model)},
                {"written", out}});
    return success;
  }
  print_line(format_text("{}: an ensemble of {} networks, {} parameters; try: scrawl evaluate {}", bold(out),
                         members, grouped(parameters), out));
  return success;
}

}  // namespace

void add_join(CommandLine& line) {
  auto arguments = std::make_shared<JoinArguments>();
  auto* command = line.add(
      line.app, "join", "Join models to an ensemble, whose probabilities are averaged",
      {.notes =
           "The models may have different layers, preprocessing and losses, and may be ensembles, but must\n"
           "take images of one size and have the same classes. A recipe with ensemble.members trains an\n"
           "ensemble directly.\n",
       .examples =
           "  scrawl join runs/relu/model.safetensors runs/tanh/model.safetensors -o both.safetensors\n"});
  add_value(command, "models", "MODEL", arguments->models, "At least two model files")->required();
  add_value(command, "-o,--output", "FILE", arguments->out, "The model file to write")->required();
  command->add_flag("--overwrite", arguments->overwrite, overwrite_help);
  command->add_flag("--json", arguments->json, json_help);
  command->callback([arguments, &line] { line.status = join(*arguments); });
}

}  // namespace scrawl::tool
