#include "exchange/c_header.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "exchange/c_source.h"
#include "nn/layer_kinds.h"

#include <algorithm>

#include <fmt/format.h>

namespace scrawl {
namespace {

/// The layers in lines of a comment.
std::string wrapped(const std::string& model, const std::string& indent) {
  std::string text;
  std::size_t used = indent.size();
  for (const auto piece : split(model, '>')) {
    const std::string word = (text.empty() ? "" : "> ") + std::string(trimmed(piece));
    if (!text.empty() && used + 1 + word.size() > 100) {
      text += "\n" + indent;
      used = indent.size();
    } else if (!text.empty()) {
      text += ' ';
      ++used;
    }
    text += word;
    used += word.size();
  }
  return text;
}

bool has_norm(const ModelSpec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(),
                     [](const LayerSpec& layer) { return as<BatchNorm>(layer) != nullptr; });
}

std::string comment(const Member& member, const CProgram& program, const std::string& name, bool int8) {
  const Network& network = member.network;
  const Shape& input = network.spec().input;
  const std::string indent = " *            ";
  std::string text = "/*\n";
  const auto line = [&](const std::string& words) { text += (words.empty() ? " *" : " * " + words) + "\n"; };
  line(fmt::format("A neural network that classifies images into {} classes, as one header for C99 and C++.",
                   network.outputs()));
  line(fmt::format("Written by scrawl {}. It allocates nothing and needs {}.", version(),
                   program.needs_math ? "only <math.h> (link with -lm)" : "no library"));
  line("");
  line("Network    " + wrapped(to_string(network.spec()), indent));
  line(fmt::format("Pixels     {} bytes, {}; the network gets", network.inputs(),
                   input.channels > 1 ? "channel by channel, each row by row" : "row by row"));
  line("           " + to_string(member.info.preprocessing));
  if (int8)
    line("Weights    one byte each, times a scale for each output of a layer; biases, activations and\n" +
         indent + "the preparation of the pixels are float");
  else
    line(has_norm(network.spec()) ? "Weights    float, with batch normalisation folded into them"
                                  : "Weights    float, exactly as in the model");
  line(int8 || has_norm(network.spec()) ? "Made from  float weights with the SHA-256"
                                        : "           their SHA-256 is");
  line("           " + weights_sha256(network));
  line(fmt::format("Memory     {} bytes of constants, {} bytes of stack for activations",
                   program.constant_bytes, program.stack_bytes));
  line("");
  line(fmt::format("    unsigned char pixels[{}];  // an image; in MNIST 0 is background and 255 is ink",
                   network.inputs()));
  line(fmt::format("    float probabilities[{}];", network.outputs()));
  line(fmt::format("    int digit = {}_predict(pixels, probabilities);", name));
  return text + " */\n";
}

}  // namespace

std::string c_header(const Member& member, const std::string& name, bool int8) {
  check_c_identifier(name);
  const CProgram program = c_program(member, name, int8);
  std::string macro = name;
  for (char& c : macro)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const std::size_t inputs = member.network.inputs();
  const std::size_t classes = member.network.outputs();
  std::string text = comment(member, program, name, int8);
  text += fmt::format("#ifndef {0}_H\n#define {0}_H\n\n", macro);
  if (program.needs_math) text += "#include <math.h>\n\n";
  text += fmt::format("#define {0}_INPUTS {1}\n#define {0}_CLASSES {2}\n\n", macro, inputs, classes);
  text += c_array(name + "_class_names", std::span<const std::string>(member.info.classes));
  text += program.constants;
  text += program.functions;
  text +=
      "/*\n"
      " * Returns the class of an image: the index of the largest output (the first if several are equal).\n"
      " * If `probabilities` is not null, it receives the probability of each class; they sum to 1.\n"
      " */\n";
  const std::string head =
      fmt::format("static inline int {}_predict(const unsigned char pixels[{}],", name, inputs);
  const std::string rest = fmt::format("float probabilities[{}]) {{\n", classes);
  text += head + (head.size() + rest.size() <= 100 ? " " : "\n        ") + rest;
  return text + program.buffers + "  int best = 0;\n\n" + program.body + "  return best;\n}\n\n#endif\n";
}

}  // namespace scrawl
