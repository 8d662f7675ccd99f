#include "nn/layer_text.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <optional>

namespace scrawl {
namespace {

class Writer final : public LayerText {
 public:
  explicit Writer(std::string_view word) : text_(word) {}

  void whole(std::size_t& value, std::string_view, std::string_view) override { add(std::to_string(value)); }
  void extents(std::size_t& height, std::size_t& width, std::string_view, std::string_view) override {
    add(std::to_string(height) + "x" + std::to_string(width));
  }
  void real(float& value, std::string_view, std::string_view) override { add(shortest(value)); }
  void optional(float& value, std::string_view, float usual) override {
    if (value != usual) add(shortest(value));
  }
  void option(std::string_view name, std::size_t& value, std::size_t usual, std::size_t) override {
    if (value != usual) add(std::string(name) + " " + std::to_string(value));
  }
  void option(std::string_view name, float& value, float usual, float, float) override {
    if (value != usual) add(std::string(name) + " " + shortest(value));
  }
  void flag(std::string_view name, bool& value, bool given) override {
    if (value == given) add(std::string(name));
  }
  const std::string& text() const { return text_; }

 private:
  void add(const std::string& words) { text_ += " " + words; }

  std::string text_;
};

class Reader final : public LayerText {
 public:
  explicit Reader(std::string_view part) : part_(part), words_(layer_words_of(part)) {
    name_ = words_.front();
    words_.erase(words_.begin());
  }

  void whole(std::size_t& value, std::string_view what, std::string_view example) override {
    value = to_whole(take(0, what, example), what, 1);
  }
  void extents(std::size_t& height, std::size_t& width, std::string_view what,
               std::string_view example) override {
    const auto word = take(0, what, example);
    const auto sides = split(word, 'x');
    if (sides.size() != 2) refuse(word, what, "HEIGHTxWIDTH, such as 5x5");
    height = to_whole(sides[0], what, 1);
    width = to_whole(sides[1], what, 1);
  }
  void real(float& value, std::string_view what, std::string_view example) override {
    value = to_real(take(0, what, example), what, 0, 1);
  }
  void optional(float& value, std::string_view what, float usual) override {
    value = words_.empty() ? usual : to_real(take(0, what, ""), what, 0, 1);
  }
  void option(std::string_view name, std::size_t& value, std::size_t usual, std::size_t least) override {
    const auto at = find(name);
    value = at ? to_whole(take(*at, "number of places", std::string(name) + " 2"), "number of places", least)
               : usual;
  }
  void option(std::string_view name, float& value, float usual, float least, float below) override {
    const std::string what = "value for " + std::string(name);
    const auto at = find(name);
    value =
        at ? to_real(take(*at, what, std::string(name) + " " + shortest(usual)), what, least, below) : usual;
  }
  void flag(std::string_view name, bool& value, bool given) override { value = find(name) ? given : !given; }

  /// Refuses words that are left.
  void end() const {
    if (words_.empty()) return;
    if (options_.empty()) refuse("'" + std::string(name_) + "' takes no options");
    refuse("unknown word '" + std::string(words_[0]) + "'" + suggestion(words_[0], options_));
  }

 private:
  /// Removes the name of an option, and returns the place after it.
  std::optional<std::size_t> find(std::string_view name) {
    options_.push_back(name);
    const auto found = std::find(words_.begin(), words_.end(), name);
    if (found == words_.end()) return std::nullopt;
    const auto after = words_.erase(found);
    if (std::find(after, words_.end(), name) != words_.end())
      refuse("'" + std::string(name) + "' is given twice");
    return static_cast<std::size_t>(after - words_.begin());
  }

  std::string_view take(std::size_t place, std::string_view what, std::string_view example) {
    if (place >= words_.size())
      refuse("'" + std::string(name_) + "' needs its " + std::string(what) + ", such as '" +
             std::string(example) + "'");
    const auto word = words_[place];
    words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(place));
    return word;
  }

  std::size_t to_whole(std::string_view word, std::string_view what, std::size_t least) const {
    const auto value = parse_number<std::size_t>(word);
    if (!value || *value < least) refuse(word, what, "a whole number from " + std::to_string(least) + " up");
    return *value;
  }
  float to_real(std::string_view word, std::string_view what, float least, float below) const {
    const auto value = parse_number<float>(word);
    if (!value || !(*value >= least && *value < below))
      refuse(word, what, "a number from " + shortest(least) + " to below " + shortest(below));
    return *value;
  }

  [[noreturn]] void refuse(const std::string& why) const { refuse_layer(part_, why); }
  [[noreturn]] void refuse(std::string_view word, std::string_view what, const std::string& remedy) const {
    refuse("'" + std::string(word) + "' is not a " + std::string(what) + "; write " + remedy);
  }

  std::string_view part_;
  std::string_view name_;
  std::vector<std::string_view> words_;
  std::vector<std::string_view> options_;
};

}  // namespace

std::string to_string(const LayerSpec& layer) {
  if (const auto* custom = as<CustomLayer>(layer)) return custom->name;
  Writer writer(facts_of(layer).word);
  std::visit([&]<class Spec>(Spec spec) { LayerKind<Spec>::text(writer, spec); }, layer);
  return writer.text();
}

std::vector<std::string_view> own_layer_words() {
  std::vector<std::string_view> words;
  for_each_kind([&]<class Spec>(const Spec&) { words.push_back(LayerKind<Spec>::facts.word); });
  words.pop_back();  // of CustomLayer, the last
  return words;
}

std::vector<std::string_view> layer_words_of(std::string_view part) {
  std::vector<std::string_view> words;
  for (const auto word : split(part, ' '))
    if (!trimmed(word).empty()) words.push_back(trimmed(word));
  return words;
}

void refuse_layer(std::string_view part, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "model text, at '" + std::string(trimmed(part)) + "': " + why);
}

LayerSpec parse_layer(std::string_view part) {
  const auto words = layer_words_of(part);
  Reader reader(part);
  LayerSpec layer;
  for_each_kind([&]<class Spec>(Spec spec) {
    if (LayerKind<Spec>::facts.word != words.front()) return;
    LayerKind<Spec>::text(reader, spec);
    layer = spec;
  });
  reader.end();
  return layer;
}

}  // namespace scrawl
