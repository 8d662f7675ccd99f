#pragma once

#include "scrawl/loss.h"
#include "scrawl/model.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace scrawl {

nlohmann::json loss_to_json(const LossSpec& spec);

nlohmann::json thresholds_to_json(const std::vector<ErrorThreshold>& thresholds);
nlohmann::json tunings_to_json(const std::vector<Tuning>& tunings);

/// The names of the classes as a JSON list. Bytes that are not UTF-8 are written as in as_utf8.
std::string classes_to_json(const std::vector<std::string>& names);

/// The inverse. Throws Error(bad_data) without a file name unless `text` is a list of `outputs` texts.
std::vector<std::string> classes_from_json(const std::string& text, std::size_t outputs);

/// Reads the metadata of a model file: the keys with `prefix`, named without it. Errors name file and key.
class Metadata {
 public:
  /// Both arguments must outlive it.
  Metadata(const std::map<std::string, std::string>& values, const std::string& file,
           std::string prefix = "");

  const std::string& prefix() const { return prefix_; }
  [[noreturn]] void fail(const std::string& key, const std::string& why) const;

  const std::string& text(const std::string& key) const;
  nlohmann::json json(const std::string& key) const;
  std::uint64_t whole_number(const std::string& key) const;
  /// A member of the object from json(key).
  float number(const std::string& key, const nlohmann::json& object, const char* member) const;
  LossSpec loss() const;
  /// 1 and none where the file does not have them.
  float temperature() const;
  std::vector<ErrorThreshold> thresholds() const;
  std::vector<Tuning> tunings() const;
  std::vector<std::string> classes(std::size_t outputs) const;

 private:
  const std::map<std::string, std::string>& values_;
  const std::string& file_;
  std::string prefix_;
};

}  // namespace scrawl
