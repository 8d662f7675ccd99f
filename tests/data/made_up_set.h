#pragma once

#include "base/files.h"
#include "base/sha256.h"
#include "data/catalog.h"
#include "formats/gzip.h"
#include "formats/idx.h"

#include <filesystem>
#include <string>
#include <vector>

namespace scrawl::test {

/// A tiny data set in the catalogue's form: 6 training and 4 test images of 2x3 pixels, three classes.
class MadeUpSet {
 public:
  explicit MadeUpSet(std::vector<Source> sources = {}) : sources_(std::move(sources)) {
    add("train-images-idx3-ubyte", {6, 2, 3}, 10);
    add("train-labels-idx1-ubyte", {6}, 0);
    add("t10k-images-idx3-ubyte", {4, 2, 3}, 100);
    add("t10k-labels-idx1-ubyte", {4}, 1);
    // What lies after the 16 and 8 bytes of the files' headers.
    for (const std::size_t first : {0, 2}) {
      Sha256 hash;
      hash.add(std::span(raw_[first]).subspan(16));
      hash.add(std::span(raw_[first + 1]).subspan(8));
      content_sums_.push_back(hash.hex());
    }
  }

  KnownDataset known() const {
    return {.name = "made-up",
            .classes = 3,
            .train = {file(0), file(1), content_sums_[0]},
            .test = {file(2), file(3), content_sums_[1]},
            .sources = sources_};
  }
  const std::string& name(std::size_t i) const { return names_[i]; }
  const Bytes& raw(std::size_t i) const { return raw_[i]; }
  const Bytes& packed(std::size_t i) const { return packed_[i]; }

  /// Puts all files into a folder, raw or as NAME.gz.
  void write(const std::filesystem::path& folder, bool pack) const {
    make_folder(folder);
    for (std::size_t i = 0; i < 4; ++i) {
      AtomicFile file(folder / (names_[i] + (pack ? ".gz" : "")));
      file.write(pack ? packed_[i] : raw_[i]);
      file.commit();
    }
  }

 private:
  void add(const std::string& name, const std::vector<std::size_t>& shape, std::uint8_t first) {
    std::size_t count = 1;
    for (const std::size_t length : shape) count *= length;
    std::vector<std::uint8_t> values;
    for (std::size_t i = 0; i < count; ++i)
      values.push_back(shape.size() == 1 ? static_cast<std::uint8_t>((first + i) % 3)
                                         : static_cast<std::uint8_t>(first + i));
    names_.push_back(name);
    raw_.push_back(encode_idx(shape, values));
    packed_.push_back(gzip(raw_.back()));
    sums_.push_back(sha256_hex(raw_.back()));
    packed_sums_.push_back(sha256_hex(packed_.back()));
  }
  KnownFile file(std::size_t i) const { return {names_[i], sums_[i], packed_sums_[i]}; }

  std::vector<Source> sources_;
  std::vector<std::string> names_, sums_, packed_sums_, content_sums_;
  std::vector<Bytes> raw_, packed_;
};

}  // namespace scrawl::test
