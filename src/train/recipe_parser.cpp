#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"
#include "train/recipe_check.h"
#include "train/recipe_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include <toml++/toml.h>

namespace scrawl {
namespace {

class Reader {
 public:
  Reader(const toml::table& root, std::string file) : root_(root), file_(std::move(file)), table_(&root) {
    sections_.push_back({"", {}});
  }

  void section(std::string_view name) {
    sections_.push_back({name, {}});
    static const toml::table none;
    const toml::node* node = root_.get(name);
    if (node && !node->is_table())
      fail(node, std::string(name), "must be a section, [" + std::string(name) + "]");
    table_ = node ? node->as_table() : &none;
  }

  void required() { required_ = true; }

  /// Known, but never suggested.
  template <class Value>
  void former(std::string_view key, Value& value) {
    if (table_->contains(key)) field(key, value);
  }

  void field(std::string_view key, std::string& value) {
    read(key, [&](const toml::node& node) {
      if (!node.is_string()) fail(&node, path(key), "must be a string in quotes");
      value = node.as_string()->get();
    });
  }
  void field(std::string_view key, bool& value) {
    read(key, [&](const toml::node& node) {
      if (!node.is_boolean()) fail(&node, path(key), "must be true or false");
      value = node.as_boolean()->get();
    });
  }
  void field(std::string_view key, std::uint64_t& value) {
    read(key, [&](const toml::node& node) {
      if (!node.is_integer() || node.as_integer()->get() < 0)
        fail(&node, path(key), "must be a whole number, 0 or more");
      value = static_cast<std::uint64_t>(node.as_integer()->get());
    });
  }
  void field(std::string_view key, double& value) {
    read(key, [&](const toml::node& node) { value = number(node, key); });
  }
  void field(std::string_view key, float& value) {
    read(key, [&](const toml::node& node) {
      value = static_cast<float>(number(node, key));
      if (!std::isfinite(value)) fail(&node, path(key), "is too large");
    });
  }
  void field(std::string_view key, std::array<double, 2>& value) {
    numbers(key, value, "must be two numbers, [lowest, highest]");
  }
  void field(std::string_view key, std::array<double, 3>& value) {
    numbers(key, value, "must be three fractions, [train, validation, test], such as [0.8, 0.1, 0.1]");
  }
  template <class T>
  void optional_field(std::string_view key, std::optional<T>& value) {
    if (!table_->contains(key)) return sections_.back().keys.push_back(key);
    field(key, value.emplace());
  }
  void field(std::string_view key, std::vector<std::string>& value) {
    read(key, [&](const toml::node& node) {
      const auto* list = node.as_array();
      if (!list) fail(&node, path(key), "must be a list of strings, [\"...\"]");
      value.clear();
      for (const auto& entry : *list) {
        if (!entry.is_string()) fail(&entry, path(key), "must contain strings in quotes");
        value.push_back(entry.as_string()->get());
      }
    });
  }
  template <class Enum>
  void field(std::string_view key, Enum& value, std::span<const std::string_view> names) {
    read(key, [&](const toml::node& node) {
      const std::string given = node.is_string() ? node.as_string()->get() : std::string();
      const auto name = std::find(names.begin(), names.end(), given);
      if (name == names.end()) fail(&node, path(key), "cannot be '" + given + "'" + suggestion(given, names));
      value = static_cast<Enum>(name - names.begin());
    });
  }
  template <class Value, class Parse>
  void text_field(std::string_view key, Value& value, const Parse& parse) {
    read(key, [&](const toml::node& node) {
      if (!node.is_string()) fail(&node, path(key), "must be a string in quotes");
      try {
        value = parse(node.as_string()->get());
      } catch (const Error& error) {
        fail(&node, path(key), error.message());
      }
    });
  }

  /// Throws for sections and keys that `describe` did not ask for.
  void finish() const {
    std::vector<std::string_view> section_names;
    for (const auto& [name, keys] : sections_)
      if (!name.empty()) section_names.push_back(name);
    for (const auto& [name, keys] : sections_) {
      const toml::node* node = name.empty() ? &root_ : root_.get(name);
      if (!node) continue;
      for (const auto& [key, value] : *node->as_table()) {
        const bool is_section = name.empty() && value.is_table();
        const auto& known = is_section ? section_names : keys;
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        if (is_section)
          fail(&value, std::string(key.str()), "unknown section" + suggestion(key.str(), known));
        fail(&value, path(name, key.str()), "unknown key" + key_suggestion(name, key.str(), known));
      }
    }
  }

 private:
  struct Section {
    std::string_view name;
    std::vector<std::string_view> keys;
  };

  /// A similar key of the same section, else keys of other sections that end in the same or a similar word.
  std::string key_suggestion(std::string_view section, std::string_view key,
                             std::span<const std::string_view> known) const {
    if (const std::string near = nearest(key, known); !near.empty())
      return " (did you mean '" + path(section, near) + "'?)";
    std::vector<std::string_view> words;
    for (const auto& other : sections_) words.insert(words.end(), other.keys.begin(), other.keys.end());
    const auto word = key.substr(key.rfind('.') + 1);
    const bool is_known = std::find(words.begin(), words.end(), word) != words.end();
    const std::string wanted = is_known ? std::string(word) : nearest(word, words);
    std::string paths;
    for (const auto& [name, keys] : sections_)
      if (!wanted.empty() && std::find(keys.begin(), keys.end(), wanted) != keys.end())
        paths += (paths.empty() ? "'" : " or '") + path(name, wanted) + "'";
    return paths.empty() ? suggestion(key, known) : " (did you mean " + paths + "?)";
  }

  template <class Read>
  void read(std::string_view key, const Read& read_node) {
    sections_.back().keys.push_back(key);
    const toml::node* node = table_->get(key);
    if (!node && required_) fail(table_, path(key), "is missing");
    required_ = false;
    if (node) read_node(*node);
  }

  template <std::size_t n>
  void numbers(std::string_view key, std::array<double, n>& value, const char* expected) {
    read(key, [&](const toml::node& node) {
      const auto* list = node.as_array();
      if (!list || list->size() != n) fail(&node, path(key), expected);
      for (std::size_t i = 0; i < n; ++i) value[i] = number((*list)[i], key);
    });
  }

  double number(const toml::node& node, std::string_view key) const {
    const auto value = node.value<double>();
    if (!value || !node.is_number() || !std::isfinite(*value)) fail(&node, path(key), "must be a number");
    return *value;
  }

  static std::string path(std::string_view section, std::string_view key) {
    return (section.empty() ? "" : std::string(section) + ".") + std::string(key);
  }
  std::string path(std::string_view key) const { return path(sections_.back().name, key); }

  [[noreturn]] void fail(const toml::node* node, const std::string& what, const std::string& why) const {
    const auto line = node ? node->source().begin.line : 0;
    throw Error(ErrorCode::invalid_argument,
                (line ? "line " + std::to_string(line) + ": " : "") + what + ": " + why, file_);
  }

  const toml::table& root_;
  std::string file_;
  const toml::table* table_;
  std::vector<Section> sections_;
  bool required_ = false;
};

/// toml++ parses dotted keys and nested values recursively; recipes need only a few levels.
toml::table parse_toml(std::string_view text) {
  constexpr std::size_t most_characters = std::size_t{1} << 20;
  constexpr std::size_t most_dots_in_a_line = 200;
  if (text.size() > most_characters) throw Error(ErrorCode::invalid_argument, "is larger than a mebibyte");
  for (const auto line : split(text, '\n'))
    if (std::count(line.begin(), line.end(), '.') > static_cast<std::ptrdiff_t>(most_dots_in_a_line))
      throw Error(ErrorCode::invalid_argument, "a line has more than 200 dots");
  return toml::parse(text);
}

/// Adds the file's name to errors.
toml::table parse_toml(std::string_view text, const std::string& file, ErrorCode code) {
  try {
    return parse_toml(text);
  } catch (const Error& error) {
    throw Error(code, error.message(), file);
  } catch (const toml::parse_error& error) {
    throw Error(code,
                "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
                file);
  }
}

/// Sets `section.key` or `key` to a value written as TOML or as bare text.
void apply(const RecipeOverride& change, toml::table& root) {
  const auto& text = change.assignment;
  const auto equals = text.find('=');
  const auto bad = [&](const char* why) -> Error {
    return {ErrorCode::invalid_argument,
            "'" + text + "': " + why + "; write section.key=value, such as optimizer.learning_rate=0.2"};
  };
  if (equals == std::string::npos) throw bad("has no '='");
  const std::string key(trimmed(std::string_view(text).substr(0, equals)));
  const std::string value(trimmed(std::string_view(text).substr(equals + 1)));
  const auto dot = key.find('.');
  const std::string last = dot == std::string::npos ? key : key.substr(dot + 1);
  if (last.empty() || dot == 0) throw bad("has no key");

  toml::table* table = &root;
  if (dot != std::string::npos) {
    const auto section = key.substr(0, dot);
    if (!root.contains(section)) root.insert(section, toml::table{});
    table = root[section].as_table();
    if (!table) throw bad("its first part is not a section");
  }
  for (const auto& written : {value, toml_text(value)}) {  // as TOML, otherwise as text
    try {
      const toml::table parsed = parse_toml("value = " + written);
      if (parsed.size() != 1) throw bad("its value has several lines");
      table->insert_or_assign(last, *parsed.get("value"));
      return;
    } catch (const toml::parse_error&) {
    }
  }
  throw bad("its value is not UTF-8");
}

/// Removes the reference accuracy if more than the seed changes, unless it is set at the same time.
void drop_reference_if_changed(const toml::table& original, toml::table& root) {
  const auto what_is_trained = [](toml::table table) {
    for (const char* key : {"name", "source", "seed", "report", "expect"}) table.erase(key);
    return table;
  };
  const auto reference = [](const toml::table& table) {
    return table["expect"]["reference"].value<double>();
  };
  toml::table* expect = root["expect"].as_table();
  if (!expect || reference(root) != reference(original) || what_is_trained(root) == what_is_trained(original))
    return;
  for (const char* key : {"reference", "reference_source", "author"}) expect->erase(key);
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& file,
                    const std::vector<RecipeOverride>& overrides) {
  toml::table root = parse_toml(text, file, ErrorCode::invalid_argument);
  const toml::table original = root;
  for (const auto& change : overrides) apply(change, root);
  drop_reference_if_changed(original, root);
  Recipe recipe;
  Reader reader(root, file);
  describe(reader, recipe);
  reader.finish();
  try {
    check_name(recipe);
    check_recipe(recipe);
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), file);
  }
  return recipe;
}

std::vector<std::pair<std::string, std::string>> recipe_keys(std::string_view text, const std::string& file) {
  const toml::table root = parse_toml(text, file, ErrorCode::bad_data);
  const auto lines = split(text, '\n');
  std::map<std::size_t, std::pair<std::string, std::string>> keys;  // by line
  const auto add = [&](const std::string& section, const toml::table& table) {
    for (const auto& [key, value] : table) {
      if (value.is_table()) continue;
      const auto line = lines[value.source().begin.line - 1];
      keys[value.source().begin.line] = {section + std::string(key.str()),
                                         std::string(trimmed(line.substr(line.find('=') + 1)))};
    }
  };
  add("", root);
  for (const auto& [name, section] : root)
    if (section.is_table()) add(std::string(name.str()) + ".", *section.as_table());
  std::vector<std::pair<std::string, std::string>> in_order;
  in_order.reserve(keys.size());
  for (auto& [line, key] : keys) in_order.push_back(std::move(key));
  return in_order;
}

Recipe load_recipe(const std::filesystem::path& path, const std::vector<RecipeOverride>& overrides) {
  return parse_recipe(read_text_file(path), path.string(), overrides);
}

}  // namespace scrawl
