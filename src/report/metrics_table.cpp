#include "report/metrics_table.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 6> column_names = {
    "step", "epoch", "loss", "train_accuracy", "validation_accuracy", "test_accuracy"};

// Of rows that scrawl writes, not the tenth part is used; a longer row would fill the memory with fields.
constexpr std::size_t longest_row = 4096;

/// Where each of column_names stands in a row.
std::vector<std::size_t> find_columns(std::string_view header, const std::filesystem::path& path) {
  const auto names = split(header, ',');
  std::vector<std::size_t> places;
  places.reserve(column_names.size());
  for (const auto name : column_names) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error(ErrorCode::bad_data,
                  "has no column '" + std::string(name) +
                      "' and is not what scrawl wrote; take the file from a backup, or train again",
                  path.string());
    places.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  return places;
}

/// NaN for an empty field.
double number(std::string_view field, const std::filesystem::path& path, std::size_t line) {
  double value = std::numeric_limits<double>::quiet_NaN();
  if (field.empty()) return value;
  const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || status == std::errc::invalid_argument)
    throw Error(ErrorCode::bad_data,
                "line " + std::to_string(line) + " has '" + printable(field) +
                    "' where a number should be; take the file from a backup, or train again",
                path.string());
  return value;
}

}  // namespace

std::vector<MetricsRow> read_metrics(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, std::uint64_t{1} << 28);
  std::string_view rest = text;
  std::vector<std::size_t> places;
  std::size_t width = 0;
  std::vector<MetricsRow> rows;
  std::vector<std::string_view> fields;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view row = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (row.size() > longest_row)
      throw Error(ErrorCode::bad_data,
                  "line " + std::to_string(line) + " has " + counted(row.size(), "byte") +
                      ", and is not what scrawl wrote; take the file from a backup, or train again",
                  path.string());
    if (line == 1) {
      places = find_columns(row, path);
      width = split(row, ',').size();
      continue;
    }
    fields = split(row, ',');
    if (fields.size() != width)
      throw Error(ErrorCode::bad_data,
                  "line " + std::to_string(line) + " has " + std::to_string(fields.size()) +
                      " fields and not " + std::to_string(width) +
                      "; take the file from a backup, or train again",
                  path.string());
    const auto value = [&](std::size_t column) { return number(fields[places[column]], path, line); };
    const auto accuracy = [&](std::size_t column) { return static_cast<float>(value(column)); };
    const MetricsRow next{.step = value(0),
                          .epoch = value(1),
                          .loss = accuracy(2),
                          .train = accuracy(3),
                          .validation = accuracy(4),
                          .test = accuracy(5)};
    if (!std::isfinite(next.step) || !std::isfinite(next.epoch) || next.step < 0 || next.epoch < 0 ||
        (!rows.empty() && (next.step < rows.back().step || next.epoch < rows.back().epoch)))
      throw Error(
          ErrorCode::bad_data,
          "line " + std::to_string(line) +
              " has no step and epoch behind those before it; take the file from a backup, or train again",
          path.string());
    rows.push_back(next);
  }
  return rows;
}

std::vector<Bin> join_points(std::span<const Point> points, std::size_t most) {
  std::vector<Bin> bins;
  if (points.empty()) return bins;
  const double first = points.front().x;
  const double range = points.back().x - first;
  std::size_t current = most;  // the part that bins.back() stands for
  double count = 0;
  for (const auto& point : points) {
    if (!std::isfinite(point.y)) continue;
    const double place = range > 0 ? (point.x - first) / range * static_cast<double>(most) : 0;
    const std::size_t part = std::min(static_cast<std::size_t>(place), most - 1);
    if (part != current) {
      bins.push_back({point.x, point.y, point.y, point.y});
      current = part;
      count = 1;
      continue;
    }
    count += 1;
    Bin& bin = bins.back();
    bin.x += (point.x - bin.x) / count;
    bin.mean += (point.y - bin.mean) / count;
    bin.low = std::min(bin.low, point.y);
    bin.high = std::max(bin.high, point.y);
  }
  return bins;
}

}  // namespace scrawl
