#include "train/checkpoint.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/safetensors.h"

namespace scrawl {
namespace {

constexpr const char* format = "scrawl-checkpoint-3";
constexpr std::uint64_t most_checkpoint_bytes = std::uint64_t{1} << 35;  // four arrays of 2^31 values
constexpr const char* checkpoint_remedy = "; replace it with an intact copy, or delete it to restart the run";

template <class T>
T number(const SafetensorsFile& content, const char* key, const std::string& file) {
  const auto found = content.metadata.find(key);
  if (found != content.metadata.end())
    if (const auto value = parse_number<T>(found->second)) return *value;
  throw Error(ErrorCode::bad_data, std::string("metadata '") + key + "' is not a number" + checkpoint_remedy,
              file);
}

std::vector<float> values(const SafetensorsFile& content, const char* name, const std::string& file) {
  const Tensor* tensor = content.find(name);
  if (!tensor || tensor->shape.size() != 1)
    throw Error(ErrorCode::bad_data, std::string("has no list '") + name + "'" + checkpoint_remedy, file);
  return read_floats(content, name, tensor->shape, file);
}

SafetensorsFile parsed(const Bytes& bytes, const std::string& file) {
  try {
    return parse_safetensors(bytes, file);
  } catch (const Error& error) {
    throw Error(error.code(),
                "the checkpoint is cut off or damaged (" + error.message() + ")" + checkpoint_remedy, file,
                error.offset());
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const TrainingState& state,
                     const std::string& data_sha256) {
  write_safetensors(path,
                    {{"format", format},
                     {"step", std::to_string(state.step)},
                     {"last_loss", shortest(state.last_loss)},
                     {"steps_seconds", shortest(state.steps_seconds)},
                     {"evaluation_seconds", shortest(state.evaluation_seconds)},
                     {"data_sha256", data_sha256}},
                    {float_tensor("parameters", {state.parameters.size()}, state.parameters),
                     float_tensor("state", {state.state.size()}, state.state),
                     float_tensor("optimizer", {state.optimizer.size()}, state.optimizer),
                     float_tensor("online", {state.online.size()}, state.online),
                     float_tensor("average", {state.average.size()}, state.average)});
}

TrainingState load_checkpoint(const std::filesystem::path& path, const std::string& data_sha256) {
  const std::string file = path.string();
  const auto content = parsed(read_file(path, most_checkpoint_bytes), file);
  const auto text = [&](const char* key) {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? std::string() : found->second;
  };
  if (text("format") != format)
    throw Error(ErrorCode::bad_data,
                std::string("is not a checkpoint of this version of scrawl") + checkpoint_remedy, file);
  if (text("data_sha256") != data_sha256)
    throw Error(
        ErrorCode::invalid_argument,
        std::string(
            "was made with other training data, or another teacher; resume with those that it started with") +
            checkpoint_remedy,
        file);
  return {.step = number<std::uint64_t>(content, "step", file),
          .parameters = values(content, "parameters", file),
          .state = values(content, "state", file),
          .optimizer = values(content, "optimizer", file),
          .online = values(content, "online", file),
          .average = values(content, "average", file),
          .last_loss = number<double>(content, "last_loss", file),
          .steps_seconds = number<double>(content, "steps_seconds", file),
          .evaluation_seconds = number<double>(content, "evaluation_seconds", file)};
}

}  // namespace scrawl
