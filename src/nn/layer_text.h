#pragma once

#include "scrawl/model_spec.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// The text form of one layer.
namespace scrawl {

/// The first words of scrawl's own layers. The text of a kind of layer stands in layer_text.cpp alone.
inline constexpr std::array<std::string_view, 13> layer_words = {
    "dense",   "conv",    "maxpool", "avgpool", "globalavgpool", "batchnorm", "dropout",
    "flatten", "sigmoid", "relu",    "tanh",    "leaky-relu",    "silu"};

/// A layer whose first word is one of them. Throws Error(invalid_argument) that says what is not understood.
LayerSpec parse_layer(std::string_view part);

/// The words of a layer's text.
std::vector<std::string_view> layer_words_of(std::string_view part);

[[noreturn]] void refuse_layer(std::string_view part, const std::string& why);

}  // namespace scrawl
