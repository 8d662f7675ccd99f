#include "data/column_names.h"

#include "base/text.h"

#include <algorithm>

namespace scrawl {
namespace {

/// The best first; the last three are Chinese for label, class and number.
constexpr std::string_view label_names =
    "label labels class classes target targets digit digits category character letter char symbol classname "
    "classid groundtruth truelabel labelname labelid \xe6\xa0\x87\xe7\xad\xbe \xe7\xb1\xbb\xe5\x88\xab "
    "\xe6\x95\xb0\xe5\xad\x97";
constexpr std::string_view weak_label_names = "y truth answer number";
constexpr std::string_view id_names =
    "id ids idx index rowid rowindex rownumber rowname rownames imageid imgid sampleid uid uuid guid file "
    "filename filepath path \xe7\xbc\x96\xe5\x8f\xb7 \xe5\xba\x8f\xe5\x8f\xb7";

std::optional<std::size_t> place_in(std::string_view names, std::string_view name) {
  const auto words = split(names, ' ');
  const auto at = std::find(words.begin(), words.end(), name);
  if (at == words.end()) return std::nullopt;
  return static_cast<std::size_t>(at - words.begin());
}

}  // namespace

std::string plain_column_name(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      result += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80)
      result += c;
  }
  return result;
}

std::optional<std::size_t> rank_of_label(std::string_view name) {
  if (const auto place = place_in(label_names, name)) return place;
  if (name.find("label") != name.npos) return label_names.size();
  return std::nullopt;
}

bool may_name_label(std::string_view name) { return place_in(weak_label_names, name).has_value(); }

bool names_id(std::string_view name) { return name.starts_with("unnamed") || place_in(id_names, name); }

}  // namespace scrawl
