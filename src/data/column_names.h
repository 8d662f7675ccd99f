#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace scrawl {

/// The name of a table's column in small letters, without what stands between words: "classid" for
/// "Class_ID". The other functions take such names.
std::string plain_column_name(std::string_view name);

/// How well the name fits a column of labels ("label", "class", "target" ...): 0 is best, nothing for others.
std::optional<std::size_t> rank_of_label(std::string_view name);

/// Whether the name means labels where no other column does, such as "y".
bool may_name_label(std::string_view name);

/// Whether the column numbers or names the images: "id", "index", "filename", and "unnamed0" of pandas.
bool names_id(std::string_view name);

}  // namespace scrawl
