#include "model/network_input.h"

#include "nn/passes.h"

namespace scrawl {
namespace {

constexpr std::size_t fewest_images = 4;  ///< with fewer, the masks of all pixels cost more than they save

}  // namespace

NetworkInput::NetworkInput(const Network& network, const Preprocessing& preprocessing, std::size_t max_rows,
                           bool as_values)
    : preprocessor_(preprocessing, network.inputs(), max_rows) {
  if (!as_values && max_rows >= fewest_images && Passes<float>::takes_bytes(network) &&
      preprocessing.keeps_zeros() && preprocessing.maps_bytes())
    bytes_.emplace(network.inputs(), max_rows, byte_values(preprocessing));
  else
    memory_.resize(max_rows * network.inputs());
}

void NetworkInput::gather(std::span<const std::uint8_t> images, std::span<const std::uint32_t> indices,
                          std::span<const std::uint32_t> next, const Compute& compute) {
  if (bytes_) return bytes_->gather(images, indices, next, compute);
  values_ = {memory_.data(), indices.size(), preprocessor_.pixels()};
  preprocessor_.gather(images, indices, compute, values_);
}

void NetworkInput::take(std::span<const std::uint8_t> images, std::size_t first, std::size_t count,
                        const Compute& compute) {
  if (bytes_) return bytes_->take(images, first, count, compute);
  const std::size_t pixels = preprocessor_.pixels();
  values_ = {memory_.data(), count, pixels};
  preprocessor_.apply(images.subspan(first * pixels, count * pixels), compute, values_);
}

MatrixView<const float> NetworkInput::forward(Network& network, Workspace& workspace, const Compute& compute,
                                              Mode mode, const RandomKey& key) const {
  Passes<float> passes(network, workspace, compute);
  return bytes_ ? passes.forward(*bytes_, network.state(), mode, key)
                : passes.forward(values_, network.state(), mode, key);
}

MatrixView<const float> NetworkInput::predict(const Network& network, Workspace& workspace,
                                              const Compute& compute) const {
  Passes<float> passes(network, workspace, compute);
  return bytes_ ? passes.forward(*bytes_) : passes.forward(values_);
}

}  // namespace scrawl
