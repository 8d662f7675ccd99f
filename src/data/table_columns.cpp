#include "scrawl/error.h"

#include "base/text.h"
#include "data/arrays.h"
#include "data/table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace scrawl {
namespace {

constexpr std::size_t usps_pixels = 256;
constexpr std::size_t optdigits_pixels = 64;
constexpr std::size_t smallest_certain_picture = 256;
constexpr std::size_t named_in_messages = 4;

bool is_whole(float value) { return value == std::floor(value); }
bool is_picture(std::size_t pixels) { return pixels > 0 && shape_of_pixels(pixels).height > 1; }

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

/// The name of a column in small letters, without what stands between words: "classid" for "Class_ID".
/// The other functions take such names.
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

/// How well the name fits a column of labels ("label", "class", "target" ...): 0 is best, nothing for others.
std::optional<std::size_t> rank_of_label(std::string_view name) {
  if (const auto place = place_in(label_names, name)) return place;
  if (name.find("label") != name.npos) return label_names.size();
  return std::nullopt;
}

/// Whether the name means labels where no other column does, such as "y".
bool may_name_label(std::string_view name) { return place_in(weak_label_names, name).has_value(); }

/// Whether the column numbers or names the images: "id", "index", "filename", and "unnamed0" of pandas.
bool names_id(std::string_view name) { return name.starts_with("unnamed") || place_in(id_names, name); }

class Finder {
 public:
  Finder(const NumberTable& table, const ReadOptions& options, const std::string& file)
      : table_(table), options_(options), file_(file) {
    for (std::size_t c = 0; c < table.columns; ++c) columns_.push_back(c);
    for (const auto& name : table.header) names_.push_back(plain_column_name(name));
  }

  TableColumns find() {
    label_ = wanted_label();
    if (!label_) label_ = label_by_name();
    std::erase_if(columns_, [&](std::size_t c) { return c != label_ && is_no_pixel_by_name(c); });
    judge_texts();
    leave_out_id();
    if (columns_.size() < 2) throw bad("has one column; expected a label and pixels on each line");
    if (!label_) label_ = label_by_values();
    refuse_surplus();
    return with_label(*label_);
  }

 private:
  std::optional<std::size_t> wanted_label() const {
    if (!options_.label_name.empty()) {
      const auto& header = table_.header;
      auto at = std::find(header.begin(), header.end(), options_.label_name);
      if (at != header.end()) return static_cast<std::size_t>(at - header.begin());
      const std::vector<std::string_view> known(header.begin(), header.end());
      throw Error(ErrorCode::invalid_argument,
                  header.empty() ? "has no header that names columns; say --label first or last"
                                 : "has no column '" + options_.label_name + "'" +
                                       (known.size() > 32 ? "" : suggestion(options_.label_name, known)),
                  file_);
    }
    if (options_.label == LabelColumn::first) return 0;
    if (options_.label == LabelColumn::last) return table_.columns - 1;
    return std::nullopt;
  }

  std::optional<std::size_t> label_rank(std::size_t column) const {
    return column < names_.size() ? rank_of_label(names_[column]) : std::nullopt;
  }

  std::optional<std::size_t> label_by_name() const {
    std::optional<std::size_t> best;
    std::vector<std::size_t> named;
    for (const std::size_t c : columns_) {
      if (!label_rank(c)) continue;
      if (!best || *label_rank(c) < *label_rank(*best)) best = c;
      named.push_back(c);
    }
    // Beside the label, texts say it again in words; other numbers may be anything.
    std::erase_if(named, [&](std::size_t c) { return c != best && table_.text(c) != nullptr; });
    if (named.size() > 1)
      throw bad(list(named) + " all have the name of a label; remove all but one, or choose it with --label");
    if (best) return best;
    for (const std::size_t c : columns_)
      if (c < names_.size() && may_name_label(names_[c]) && may_be_label(c)) return c;
    return std::nullopt;
  }

  bool may_be_label(std::size_t column) const {
    if (const TextColumn* text = table_.text(column)) return !text->has_too_many();
    return every_value(column, is_label);
  }

  bool is_no_pixel_by_name(std::size_t column) const {
    if (column >= names_.size()) return false;
    const bool is_unnamed = column == 0 && table_.header[0].empty();
    return is_unnamed || names_id(names_[column]) || label_rank(column);
  }

  /// Texts are the label, or leave their column out, or are faults.
  void judge_texts() {
    std::vector<std::size_t> candidates;
    for (const auto& text : table_.texts) {
      if (std::find(columns_.begin(), columns_.end(), text.column) == columns_.end()) continue;
      const bool all = text.texts == table_.rows();
      if (text.column == label_) {
        if (text.has_too_many())
          throw bad(column_text(table_, text.column) +
                    " holds more than 256 different labels; if the labels are in another column, name it "
                    "with --label");
        if (100 * text.texts < table_.rows()) throw stray(text);
      } else if (!all && (label_ || !may_be_mixed_label(text))) {
        throw stray(text);
      } else if (label_ || text.has_too_many() || is_name_of_image(text)) {
        std::erase(columns_, text.column);
      } else {
        candidates.push_back(text.column);
      }
    }
    if (candidates.size() > 1)
      throw bad(list(candidates) +
                " all hold texts; name the one with the labels 'label' in the header, or "
                "choose it with --label");
    if (!candidates.empty()) label_ = candidates.front();
  }

  /// Labels without a name may be digits and letters, but not a single slip among pixels.
  bool may_be_mixed_label(const TextColumn& text) const {
    return (text.column == columns_.front() || text.column == columns_.back()) &&
           2 * text.texts >= table_.rows();
  }

  /// Whether a column of texts that all differ stands beside pixels and another column, then the label.
  bool is_name_of_image(const TextColumn& text) const {
    return table_.rows() > 1 && text.names.size() == table_.rows() && has_surplus(1);
  }

  /// Whether `surplus` columns stand beside a picture's pixels and the label.
  bool has_surplus(std::size_t surplus) const {
    const std::size_t least = surplus + 1;
    return columns_.size() > least && !is_picture(columns_.size() - 1) && is_picture(columns_.size() - least);
  }

  void leave_out_id() {
    if (columns_.size() < 3 || !has_surplus(1)) return;
    for (const std::size_t c : {columns_[0], columns_[1], columns_.back()})
      if (c != label_ && is_id(c)) {
        std::erase(columns_, c);
        return;
      }
  }

  bool is_id(std::size_t column) const {
    if (table_.rows() < 2 || table_.text(column) != nullptr || !every_value(column, is_whole)) return false;
    std::vector<float> values(table_.rows());
    bool counts = table_.at(0, column) == 0 || table_.at(0, column) == 1;
    for (std::size_t r = 0; r < values.size(); ++r) {
      values[r] = table_.at(r, column);
      counts = counts && (r == 0 || values[r] == values[r - 1] + 1);
    }
    std::sort(values.begin(), values.end());
    const bool differ = std::adjacent_find(values.begin(), values.end()) == values.end();
    return counts || (differ && values.front() >= 0 && values.back() > 255);
  }

  std::size_t label_by_values() const {
    const std::size_t first = columns_.front();
    const std::size_t last = columns_.back();
    if (is_picture(columns_.size()) && !is_picture(columns_.size() - 1))
      throw bad(
          "has " + std::to_string(columns_.size()) +
          " columns of pixels, pictures without a label, such as Kaggle's test.csv; those cannot be read "
          "as a data set, which needs a column of labels");
    const bool may_end = every_value(last, is_label) && varies(last);
    if (is_usps(table_, with_label(first))) return first;
    if (is_optdigits(table_, with_label(last)) && every_value(last, is_digit))
      return every_value(first, is_digit) && varies(first) && !may_end ? first : last;
    const bool first_is_pixel = !every_value(first, is_label) || !varies(first);
    return first_is_pixel && may_end ? last : first;
  }

  TableColumns with_label(std::size_t label) const {
    TableColumns result{.label = label};
    for (std::size_t c = 0; c < table_.columns; ++c)
      if (std::find(columns_.begin(), columns_.end(), c) == columns_.end()) result.left_out.push_back(c);
    return result;
  }

  void refuse_surplus() const {
    for (const std::size_t surplus : {std::size_t{1}, std::size_t{2}})
      if (has_surplus(surplus) && columns_.size() - 1 - surplus >= smallest_certain_picture)
        throw bad("has " + std::to_string(columns_.size() - 1) + " columns beside the label in " +
                  column_text(table_, *label_) + ", " + std::to_string(surplus) + " more than pictures of " +
                  to_string(shape_of_pixels(columns_.size() - 1 - surplus)) +
                  "; remove what is not a pixel, or name it 'id' in a header");
  }

  static bool is_digit(float value) { return is_label(value) && value <= 9; }

  template <class Fits>
  bool every_value(std::size_t column, const Fits& fits) const {
    for (std::size_t r = 0; r < table_.rows(); ++r)
      if (!fits(table_.at(r, column))) return false;
    return true;
  }
  bool varies(std::size_t column) const {
    return !every_value(column, [&](float value) { return value == table_.at(0, column); });
  }

  std::string list(const std::vector<std::size_t>& columns) const {
    std::string text;
    for (std::size_t i = 0; i < std::min(columns.size(), named_in_messages); ++i)
      text += (i ? ", " : "") + column_text(table_, columns[i]);
    return columns.size() > named_in_messages ? text + " ..." : text;
  }

  Error bad(const std::string& message) const { return {ErrorCode::bad_data, message, file_}; }
  Error stray(const TextColumn& text) const {
    return bad("line " + std::to_string(table_.lines[text.first_text]) + ", " +
               column_text(table_, text.column) + ": " + not_a_number(text.example));
  }

  const NumberTable& table_;
  const ReadOptions& options_;
  const std::string& file_;
  std::vector<std::string> names_;    // of the columns, plain
  std::vector<std::size_t> columns_;  // label and pixels
  std::optional<std::size_t> label_;
};

/// Whether there are so many pixels and all of them fit.
template <class Fits>
bool all_pixels(const NumberTable& table, const TableColumns& columns, std::size_t pixels, const Fits& fits) {
  if (table.columns - columns.left_out.size() != pixels + 1) return false;
  const std::vector<bool> is_pixel = pixel_columns(table, columns);
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (is_pixel[i % table.columns] && !fits(table.values[i])) return false;
  return true;
}

}  // namespace

bool is_usps(const NumberTable& table, const TableColumns& columns) {
  const auto fits = [&](const auto& condition) { return all_pixels(table, columns, usps_pixels, condition); };
  return fits([](float value) { return value >= -1 && value <= 1; }) &&
         !fits([](float value) { return value >= 0; });
}

bool is_optdigits(const NumberTable& table, const TableColumns& columns) {
  return all_pixels(table, columns, optdigits_pixels,
                    [](float value) { return value >= 0 && value <= 16 && is_whole(value); });
}

TableColumns find_columns(const NumberTable& table, const ReadOptions& options, const std::string& file) {
  return Finder(table, options, file).find();
}

}  // namespace scrawl
