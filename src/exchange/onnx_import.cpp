#include "exchange/onnx_import.h"

#include "scrawl/error.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "exchange/onnx_importer.h"
#include "model/layer_arrays.h"
#include "model/model_metadata.h"
#include "nn/layer_kinds.h"

#include <algorithm>

namespace scrawl {
namespace {

constexpr std::size_t most_values = std::size_t{1} << 24;  // of an image
constexpr std::int64_t oldest_opset = 7;                   // before, operators broadcast in another way
constexpr std::int64_t latest_opset = 25;                  // with whose definitions scrawl was compared

/// The entry of a table of operators, or null.
template <class Table>
auto find_operator(const Table& table, const OnnxNodeReader& reader) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& known) { return known.name == reader.op(); });
  return found == table.end() ? nullptr : &*found;
}

/// The class names that scrawl's export wrote, or numbers.
std::vector<std::string> class_names(const OnnxModel& model, std::size_t outputs, const std::string& file) {
  const auto written = model.metadata.find("classes");
  if (model.producer_name != "scrawl" || written == model.metadata.end()) return numbered_classes(outputs);
  try {
    return classes_from_json(written->second, outputs);
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_data, "metadata 'classes': " + error.message() + "; export the model again",
                file);
  }
}

}  // namespace

OnnxImport OnnxImporter::run() {
  check_opset();
  read_input();
  for (const auto& node : model_.nodes) read_node(OnnxNodeReader(node, model_.opset, file_));
  check_output();
  return finish();
}

void OnnxImporter::check_opset() {
  const std::string opset = std::to_string(model_.opset);
  const std::string latest = std::to_string(latest_opset);
  if (model_.opset < oldest_opset)
    throw Error(ErrorCode::unsupported,
                "uses version " + opset + " of ONNX's operators, and scrawl reads " +
                    std::to_string(oldest_opset) + " and later: export the model for opset 13",
                file_);
  if (model_.opset > latest_opset)
    chain_.notes.push_back("opset " + opset + " is later than " + latest +
                           ", the latest that scrawl knows; its operators are read as those of " + latest);
}

/// A later version may give an operator another attribute, which changes what it does.
void OnnxImporter::check_attributes(const OnnxNodeReader& reader) {
  const auto* const layer = find_operator(onnx_layer_operators(), reader);
  const Operator* const other = find_operator(operators, reader);
  if (reader.opset() <= latest_opset || (layer == nullptr && other == nullptr)) return;
  const auto names = split(layer != nullptr ? layer->attributes : other->attributes, ' ');
  for (const auto& [name, value] : reader.node().attributes)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw reader.unsupported("its attribute " + quoted_name(name) +
                               " is not known; the model is for opset " + std::to_string(reader.opset()) +
                               ", and scrawl knows operators up to " + std::to_string(latest_opset) +
                               ": export the model for opset 13");
}

void OnnxImporter::read_input() {
  const OnnxValue* input = nullptr;
  for (const auto& value : model_.inputs) {
    if (chain_.constants.find(value.name) != nullptr)
      continue;  // old files list their weights as inputs as well
    if (input != nullptr)
      throw Error(ErrorCode::unsupported,
                  "has two inputs, " + quoted_name(input->name) + " and " + quoted_name(value.name) +
                      "; scrawl reads models with one, the images",
                  file_);
    input = &value;
  }
  if (input == nullptr)
    throw Error(ErrorCode::bad_data, "has no input; export the model with the images as its input", file_);
  const auto fail = [&](const std::string& why) {
    return Error(ErrorCode::unsupported,
                 "the input " + quoted_name(input->name) + " " + why +
                     "; scrawl reads images of shape (N, 784), (N, 28, 28), (N, 1, 28, 28) and the like",
                 file_);
  };
  constexpr std::array<std::string_view, 5> image_types = {"F32", "F16", "F64", "BF16", "U8"};
  if (std::find(image_types.begin(), image_types.end(), input->dtype) == image_types.end())
    throw fail("is of type " + quoted_name(input->dtype) + ", not float32");
  chain_.whole_numbers = input->dtype == "U8";
  if (!input->shape) throw fail("has no shape");
  if (input->shape->size() < 2 || input->shape->size() > 4)
    throw fail("has " + counted(input->shape->size(), "dimension"));
  fixed_batch_ = input->shape->front().length;
  chain_.shape = {batch_length};
  std::size_t values = 1;
  for (const auto& dimension : std::span(*input->shape).subspan(1)) {
    if (!dimension.length) throw fail("has an unspecified length other than the number of images");
    if (*dimension.length < 1 || *dimension.length > static_cast<std::int64_t>(most_values / values))
      throw fail("has a length of " + std::to_string(*dimension.length));
    values *= static_cast<std::size_t>(*dimension.length);
    chain_.shape.push_back(*dimension.length);
  }
  std::array<std::size_t, 3> lengths = {1, 1, 1};
  for (std::size_t i = 1; i < chain_.shape.size(); ++i)
    lengths[3 - chain_.shape.size() + i] = static_cast<std::size_t>(chain_.shape[i]);
  chain_.spec.input = {lengths[0], lengths[1], lengths[2]};
  // (N, 28, 28, 1): with one channel, channels last is the same order.
  if (lengths[2] == 1 && lengths[0] > 1 && model_.producer_name != "scrawl")
    chain_.spec.input = {1, lengths[0], lengths[1]};
  chain_.layer_shape = chain_.spec.input;
  chain_.current = input->name;
  for (const auto& tensor : model_.initializers) names_.insert(tensor.name);
  names_.insert(chain_.current);
}

void OnnxImporter::read_node(const OnnxNodeReader& reader) {
  const auto& node = reader.node();
  if (node.domain.empty()) check_attributes(reader);
  bool is_constant = true;
  for (const auto& name : node.inputs) {
    if (name.empty()) continue;
    if (!names_.contains(name))
      throw reader.damaged("its input " + quoted_name(name) + " is not produced by an earlier node");
    if (chain_.constants.find(name) != nullptr) continue;
    is_constant = false;
    if (!chain_.is_current(name) && (name != tail_sum_ || tail_steps_ != 4) && !is_onnx_gate(chain_, reader))
      throw reader.unsupported("uses " + quoted_name(name) +
                               " besides another node; branches and skip connections are not supported, only "
                               "chains of layers");
  }
  for (const auto& name : node.outputs)
    if (!name.empty() && !names_.insert(name).second)
      throw reader.damaged("makes " + quoted_name(name) + ", which already exists");
  if (node.outputs.empty() || node.outputs[0].empty()) throw reader.damaged("has no output");
  if (is_constant && node.domain.empty() && chain_.constants.fold(reader)) return;
  if (is_constant && !node.inputs.empty())
    throw reader.unsupported(
        "cannot be computed from constants; export the model with do_constant_folding=True");
  read_operator(reader);
}

void OnnxImporter::read_operator(const OnnxNodeReader& reader) {
  const std::string& op = reader.op();
  if (!reader.node().domain.empty())
    throw reader.unsupported("uses the operator set " + quoted_name(reader.node().domain) +
                             "; export the model with ONNX's own operators only");
  const auto* const layer = find_operator(onnx_layer_operators(), reader);
  const Operator* const other = find_operator(operators, reader);
  const Handler read = other == nullptr ? nullptr : other->read;
  if (layer == nullptr && read == nullptr)
    throw reader.unsupported(
        "this operator is not supported; scrawl reads dense layers (Gemm, MatMul), Pad, Conv, MaxPool, "
        "AveragePool, GlobalAveragePool, BatchNormalization, Relu, LeakyRelu, Sigmoid, Tanh and SiLU, "
        "preprocessing by "
        "constants (Add, Sub, Mul, Div), Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout, Cast, and "
        "Softmax or LogSoftmax at the end: export the model up to its logits");
  if (!chain_.is_current(reader.input(0)) && read != &OnnxImporter::arithmetic)
    throw reader.unsupported(
        "its first input must be the output of the node before it; only chains of layers "
        "are supported");
  if (chain_.padding > 0 && op != "Conv" && op != "AveragePool")
    throw reader.unsupported("follows a Pad; only Conv and AveragePool may");
  const bool rearranges = read == &OnnxImporter::rearrange || read == &OnnxImporter::pass ||
                          read == &OnnxImporter::cast || read == &OnnxImporter::shape_of;
  if ((has_softmax_ || tail_steps_ == squared_error_tail.size()) && !rearranges)
    throw reader.unsupported("follows the probabilities; export the model up to its logits");
  if (tail_steps_ % squared_error_tail.size() != 0 && op != squared_error_tail[tail_steps_])
    throw reader.unsupported("is inside the conversion of squared-error outputs to probabilities, where " +
                             std::string(squared_error_tail[tail_steps_]) +
                             " was expected; export the model up to its last layer");
  if (layer != nullptr)
    layer->read(chain_, reader);
  else
    (this->*read)(reader);
}

void OnnxImporter::check_output() const {
  if (model_.outputs.size() != 1)
    throw Error(ErrorCode::unsupported,
                "has " + counted(model_.outputs.size(), "output") +
                    "; scrawl reads models with one, a value for each class",
                file_);
  const std::string& output = model_.outputs[0].name;
  if (tail_steps_ % squared_error_tail.size() != 0 || !chain_.is_current(output))
    throw Error(
        ErrorCode::bad_data,
        "the output " + quoted_name(output) +
            " is not the output of the last node; the file is damaged, or has nodes outside the chain of "
            "layers: export the model again",
        file_);
  if (chain_.values.empty())
    throw Error(ErrorCode::unsupported, "has no layer with weights (Gemm, MatMul, Conv)", file_);
  if (chain_.padding > 0)
    throw Error(ErrorCode::unsupported, "ends in a Pad; export the model up to its logits", file_);
  if (chain_.channels_last)
    throw Error(ErrorCode::unsupported,
                "outputs its values channels last; export the model with one value per class", file_);
}

OnnxImport OnnxImporter::finish() {
  try {
    infer_shapes(chain_.spec);
  } catch (const Error& error) {
    throw Error(ErrorCode::unsupported, error.message(), file_);
  }
  OnnxImport result{.network = Network(chain_.spec)};
  for (const auto& info : result.network.parameter_infos()) {
    const LayerValues& values = chain_.values.at(std::stoul(info.name));
    set_parameter<float>(result.network, info, info.name.ends_with(".weight") ? values.weights : values.bias);
  }
  for (const auto& info : state_infos(chain_.spec)) {
    const LayerValues& values = chain_.values.at(std::stoul(info.name));
    set_state(result.network, info, info.is_variance() ? values.variance : values.mean);
  }
  result.has_preprocessing = !pixel_steps_.empty();
  if (result.has_preprocessing)
    result.preprocessing = to_preprocessing(pixel_steps_, chain_.spec.input.size(), file_);
  const auto loss = model_.metadata.find("loss");
  if (tail_steps_ > 0)
    result.loss = squared_error_;
  else if (!has_softmax_ && as<Sigmoid>(chain_.spec.layers.back()))
    result.loss = SquaredError{};
  else if (model_.producer_name == "scrawl" && loss != model_.metadata.end() &&
           loss->second == loss_name(MulticlassHinge{}))
    result.loss = MulticlassHinge{};
  result.classes = class_names(model_, result.network.outputs(), file_);
  result.notes = std::move(chain_.notes);
  return result;
}

OnnxImport import_onnx(const OnnxModel& model, const std::string& file) {
  return OnnxImporter(model, file).run();
}

}  // namespace scrawl
