#include "formats/pickle.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "formats/pickle_builder.h"

#include <algorithm>
#include <set>

namespace scrawl {
namespace {

constexpr std::size_t most_depth = 100;
constexpr std::size_t most_visits = std::size_t{1} << 22;
constexpr std::size_t most_found = 65536;
constexpr std::size_t most_name = 1000;

/// Walks through containers, keeping the name of the place.
class ArrayCollector {
 public:
  explicit ArrayCollector(const Pickle& pickle) : pickle_(pickle) {}

  void visit(PickleIndex index) {
    const auto& value = pickle_.values[index];
    if (const auto* array = std::get_if<PickleArray>(&value)) {
      take(pickle_.tensors[array->tensor]);
    } else if (const auto* dict = std::get_if<PickleDict>(&value)) {
      for (const auto& [key, item] : dict->items) visit_named(key_text(pickle_.values[key]), item);
    } else if (const auto* list = std::get_if<PickleList>(&value)) {
      visit_items(list->items);
    } else if (const auto* tuple = std::get_if<PickleTuple>(&value)) {
      visit_items(tuple->items);
    }
  }

  std::vector<TensorView> found;

 private:
  void visit_items(const std::vector<PickleIndex>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) visit_named(std::to_string(i), items[i]);
  }

  void visit_named(std::string_view key, PickleIndex index) {
    if (++visits_ > most_visits)
      throw unsupported("contains the same lists or dictionaries too many times; save each array once");
    if (!may_hold_arrays(pickle_.values[index])) return;
    if (depth_ == most_depth)
      throw unsupported("is nested more than " + std::to_string(most_depth) +
                        " deep, or contains itself; save a flat dict of arrays");
    const std::size_t length = name_.size();
    if (depth_ > 0) name_ += '.';
    name_ += key;
    if (name_.size() > most_name)
      throw unsupported("array or dictionary '" + printable(name_) + "' has a name of more than " +
                        std::to_string(most_name) + " bytes; save it under a shorter one");
    ++depth_;
    visit(index);
    --depth_;
    name_.resize(length);
  }

  void take(TensorView tensor) {
    tensor.name = name_;
    if (tensor.dtype.empty())
      throw Error(ErrorCode::bad_data, place() + " was never filled; the file is damaged: save it again",
                  pickle_.file);
    if (found.size() == most_found)
      throw unsupported("holds more than " + std::to_string(most_found) + " arrays; save fewer, larger ones");
    if (tensor.data.size() > pickle_.most_data - data_)
      throw unsupported("holds the same arrays so often that they would fill more than " +
                        std::to_string(pickle_.most_data) + " bytes; save each array once");
    if (!names_.insert(name_).second)
      throw Error(ErrorCode::bad_data, place() + " occurs twice; give each array a name of its own",
                  pickle_.file);
    data_ += tensor.data.size();
    found.push_back(std::move(tensor));
  }

  std::string place() const { return "array '" + printable(name_) + "'"; }

  static bool may_hold_arrays(const PickleValue& value) {
    return std::holds_alternative<PickleArray>(value) || std::holds_alternative<PickleDict>(value) ||
           std::holds_alternative<PickleList>(value) || std::holds_alternative<PickleTuple>(value);
  }

  static std::string key_text(const PickleValue& key) {
    if (const auto* number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
    const auto* text = std::get_if<PickleText>(&key);
    const auto whole = text != nullptr ? text->utf8 : as_text(std::get<PickleBytes>(key).bytes);
    return std::string(whole.substr(0, most_name + 1));
  }

  Error unsupported(const std::string& message) const {
    return {ErrorCode::unsupported, message, pickle_.file};
  }

  const Pickle& pickle_;
  std::string name_;
  std::size_t depth_ = 0;
  std::size_t visits_ = 0;
  std::uint64_t data_ = 0;
  std::set<std::string> names_;
};

/// Whether the text begins with two lines that could name a module and a class.
bool begins_with_names(std::string_view text) {
  for (int i = 0; i < 2; ++i) {
    const std::size_t end =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    if (end == 0 || end == text.npos || text[end] != '\n') return false;
    text = text.substr(end + 1);
  }
  return true;
}

}  // namespace

bool is_pickle(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  if (text.size() < 2) return false;
  if (text[0] == '\x80') return text[1] >= 2 && text[1] <= 5;
  if (text.back() != '.') return false;
  // How Python begins dictionaries, lists, tuples and arrays: "(dp0", "(lp0", "(V..", "cnumpy", "}q", "](".
  if (text[0] == '(') return std::string_view("dltcIFLSUVXKJMGN(]})").find(text[1]) != std::string_view::npos;
  if (text[0] == '}' || text[0] == ']' || text[0] == ')')
    return text[1] == '.' || text[1] == 'q' || text[1] == '(';
  return text[0] == 'c' && begins_with_names(text.substr(1));
}

std::vector<TensorView> arrays(const Pickle& pickle) {
  ArrayCollector collector(pickle);
  collector.visit(pickle.root_index);
  return std::move(collector.found);
}

}  // namespace scrawl
