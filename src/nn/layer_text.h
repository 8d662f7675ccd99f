#pragma once

#include "scrawl/model_spec.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The text form of layers.
namespace scrawl {

/// Reads or writes the words after a layer's name, one call for each part, in the order of the text.
class LayerText {
 public:
  virtual ~LayerText() = default;
  /// A number from 1 up. `what` and `example` are for messages.
  virtual void whole(std::size_t& value, std::string_view what, std::string_view example) = 0;
  /// HEIGHTxWIDTH.
  virtual void extents(std::size_t& height, std::size_t& width, std::string_view what,
                       std::string_view example) = 0;
  /// A number from 0 to below 1.
  virtual void real(float& value, std::string_view what, std::string_view example) = 0;
  /// Same, but it may be absent.
  virtual void optional(float& value, std::string_view what, float usual) = 0;
  /// "name value", in any order with other options, and absent if the value is the usual one.
  virtual void option(std::string_view name, std::size_t& value, std::size_t usual, std::size_t least) = 0;
  virtual void option(std::string_view name, float& value, float usual, float least, float below) = 0;
  /// Sets the value to `given` if the name is there.
  virtual void flag(std::string_view name, bool& value, bool given) = 0;
};

/// The first words of scrawl's own layers.
std::vector<std::string_view> own_layer_words();

/// A layer whose first word is one of them. Throws Error(invalid_argument) that says what is not understood.
LayerSpec parse_layer(std::string_view part);

/// The words of a layer's text.
std::vector<std::string_view> layer_words_of(std::string_view part);

[[noreturn]] void refuse_layer(std::string_view part, const std::string& why);

/// The first word of a model text that may well name the layer of another program: a possible name of a
/// CustomLayer, not among `custom`, and no misspelling of a word that is known. "" where there is none.
std::string foreign_layer(std::string_view model, const std::vector<CustomLayer>& custom = {});

/// The layers that scrawl brings, for messages: "dense, sigmoid, relu and tanh".
std::string own_layers();

}  // namespace scrawl
