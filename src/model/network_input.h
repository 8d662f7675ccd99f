#pragma once

#include "scrawl/arrays.h"
#include "scrawl/network.h"
#include "scrawl/preprocessing.h"

#include "nn/byte_batch.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace scrawl {

/// Feeds byte images to a network: as bytes if the preprocessing keeps zeros and the first layer can skip
/// them, otherwise as values. With finite weights the bits are the same. Holds memory for max_rows images.
class NetworkInput {
 public:
  /// `network` has the layers of that in forward(). `as_values`: always use preprocessed values.
  NetworkInput(const Network& network, const Preprocessing& preprocessing, std::size_t max_rows,
               bool as_values = false);

  /// Copies the images `indices` of `images`, rows of network.inputs() bytes. `next` are those of the
  /// following batch, or empty. REQUIRES indices.size() <= max_rows.
  void gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
              std::span<const std::uint32_t> next, const Compute& compute);
  /// Copies `count` images starting at number `first`. REQUIRES count <= max_rows.
  void take(std::span<const std::uint8_t> images, std::size_t first, std::size_t count,
            const Compute& compute);

  MatrixView<const float> forward(Network& network, Workspace& workspace, const Compute& compute,
                                  Mode mode = Mode::predict, const RandomKey& key = {}) const;
  MatrixView<const float> predict(const Network& network, Workspace& workspace, const Compute& compute) const;

  MatrixView<const float> values() const { return values_; }  ///< REQUIRES as_values

 private:
  Preprocessor preprocessor_;
  std::optional<ByteBatch> bytes_;  // if empty, the values are used
  AlignedVector<float> memory_;     // of the values
  MatrixView<float> values_;
};

}  // namespace scrawl
