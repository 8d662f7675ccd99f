#pragma once

#include "scrawl/model_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace scrawl {

/// The first word of a model text that may well name the layer of another program: a possible name of a
/// CustomLayer, not among `custom`, and no misspelling of a word that is known. "" where there is none.
std::string foreign_layer(std::string_view model, const std::vector<CustomLayer>& custom = {});

/// The layers that scrawl brings, for messages: "dense, sigmoid, relu and tanh".
std::string own_layers();

}  // namespace scrawl
