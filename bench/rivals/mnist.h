// MNIST as the rival programs use it: floats made once, batches, and what is computed from ten scores an
// image.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace rivals {

constexpr int kPixels = 28 * 28;
constexpr int kClasses = 10;

// Images as floats, one after the other, and their labels.
struct Part {
  std::vector<float> images;
  std::vector<std::uint8_t> labels;
  int count() const { return static_cast<int>(labels.size()); }
};

struct Mnist {
  Part train;
  Part test;
};

inline std::vector<std::uint8_t> read_idx(const std::filesystem::path& path, std::size_t header,
                                          std::size_t count, std::size_t item) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  std::vector<std::uint8_t> bytes(header + count * item);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const bool complete = file && file.peek() == std::ifstream::traits_type::eof();
  // The third byte is the element type (8: unsigned byte), the fourth the number of dimensions.
  if (!complete || bytes[2] != 8 || bytes[3] != header / 4 - 1) {
    throw std::runtime_error(path.string() + ": not the IDX file of MNIST with " + std::to_string(count) +
                             " items");
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return bytes;
}

inline Part read_part(const std::filesystem::path& folder, const std::string& name, std::size_t count,
                      float scale, float offset) {
  const auto pixels = read_idx(folder / (name + "-images-idx3-ubyte"), 16, count, kPixels);
  Part part{.images = std::vector<float>(pixels.size()),
            .labels = read_idx(folder / (name + "-labels-idx1-ubyte"), 8, count, 1)};
  for (const std::uint8_t label : part.labels) {
    if (label >= kClasses) throw std::runtime_error(name + "-labels-idx1-ubyte: a label is not a digit");
  }
  std::transform(pixels.begin(), pixels.end(), part.images.begin(),
                 [=](std::uint8_t pixel) { return static_cast<float>(pixel) * scale + offset; });
  return part;
}

inline Mnist read_mnist(const std::filesystem::path& folder, float scale, float offset = 0) {
  return {.train = read_part(folder, "train", 60'000, scale, offset),
          .test = read_part(folder, "t10k", 10'000, scale, offset)};
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  void fill_normal(float* begin, std::size_t count, float deviation) {
    std::normal_distribution<float> normal(0, deviation);
    std::generate_n(begin, count, [&] { return normal(engine_); });
  }
  // Indices drawn with replacement from 0 to count - 1.
  void draw(std::vector<int>& indices, int count) {
    std::uniform_int_distribution<int> uniform(0, count - 1);
    for (int& index : indices) index = uniform(engine_);
  }

 private:
  std::mt19937_64 engine_;
};

// A batch drawn with replacement from the first `population` images.
struct Batch {
  std::vector<float> images;
  std::vector<std::uint8_t> labels;
  std::vector<int> indices;

  explicit Batch(std::size_t size) : images(size * kPixels), labels(size), indices(size) {}
  void draw(const Part& part, int population, Random& random) {
    random.draw(indices, population);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto index = static_cast<std::size_t>(indices[i]);
      std::copy_n(part.images.data() + index * kPixels, kPixels, images.data() + i * kPixels);
      labels[i] = part.labels[index];
    }
  }
};

// Turns the scores of one image into the gradient of its cross-entropy (softmax minus one-hot); returns the
// loss.
inline float softmax_gradient(float* scores, int label) {
  const float highest = *std::max_element(scores, scores + kClasses);
  float sum = 0;
  for (int c = 0; c < kClasses; ++c) {
    scores[c] = std::exp(scores[c] - highest);
    sum += scores[c];
  }
  for (int c = 0; c < kClasses; ++c) scores[c] /= sum;
  const float loss = -std::log(scores[label] + 1e-7F);
  scores[label] -= 1;
  return loss;
}

// The same for the images of a batch, one row of scores each; returns the mean loss.
inline float softmax_gradient(float* scores, const Batch& batch) {
  float loss = 0;
  for (const std::uint8_t label : batch.labels) {
    loss += softmax_gradient(scores, label);
    scores += kClasses;
  }
  return loss / static_cast<float>(batch.labels.size());
}

// Turns the scores of one image into the gradient of its multiclass hinge loss with margin 1; returns the
// loss.
inline float hinge_gradient(float* scores, int classes, int label) {
  const float bar = scores[label] - 1;
  float loss = 0;
  float violations = 0;
  for (int c = 0; c < classes; ++c) {
    const float margin = scores[c] - bar;
    const bool violated = c != label && margin > 0;
    loss += violated ? margin : 0;
    scores[c] = violated ? 1.0F : 0.0F;
    violations += scores[c];
  }
  scores[label] = -violations;
  return loss;
}

inline float hinge_gradient(float* scores, const Batch& batch) {
  float loss = 0;
  for (const std::uint8_t label : batch.labels) {
    loss += hinge_gradient(scores, kClasses, label);
    scores += kClasses;
  }
  return loss / static_cast<float>(batch.labels.size());
}

// How many rows of scores are highest at their label.
inline int count_correct(const float* scores, const std::uint8_t* labels, int count) {
  int correct = 0;
  for (int i = 0; i < count; ++i, scores += kClasses) {
    correct += std::max_element(scores, scores + kClasses) - scores == labels[i];
  }
  return correct;
}

inline double accuracy(const float* scores, const Batch& batch) {
  const auto count = static_cast<int>(batch.labels.size());
  return static_cast<double>(count_correct(scores, batch.labels.data(), count)) / count;
}

// The share of the images from `first` to the end of the part whose class has the highest score, with
// `scores_of(begin, size)` a pointer to a row of ten scores for each of those images. A thousand at a time
// keeps the hidden layers in the cache.
template <class ScoresOf>
double accuracy(const Part& part, int first, ScoresOf&& scores_of) {
  constexpr int kChunk = 1000;
  int correct = 0;
  for (int begin = first; begin < part.count(); begin += kChunk) {
    const int size = std::min(kChunk, part.count() - begin);
    correct += count_correct(scores_of(begin, size), part.labels.data() + begin, size);
  }
  return static_cast<double>(correct) / (part.count() - first);
}

}  // namespace rivals
