// Recognition with ONNX Runtime, from bytes to ten probabilities: MNIST's test images one at a time, and by
// the thousand. With several threads, either each calls a session of its own, or one session shares its work
// among them.
#include "common.h"
#include "onnxruntime_api.h"

#include <memory>
#include <thread>

namespace {

using onnx_runtime::Entry;
using onnx_runtime::Library;
using rivals::kClasses;
using rivals::kPixels;
using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string library;
  std::string model;  // from (batch, shape...) pixels, divided as the network wants them, to probabilities
  std::vector<std::int64_t> shape = {kPixels};
  float divisor = 255;
  std::filesystem::path data = rivals::default_data();
  int threads = 1;
  int callers = 1;   // how many threads call sessions of their own
  int chunk = 1000;  // how many images go into one call; fewer keep the hidden layers in the cache
};

// A session with its input and output, which are made once.
class Session {
 public:
  Session(const Library& library, const Settings& settings, int threads, int images)
      : library_(library),
        images_(images),
        scale_(1 / settings.divisor),
        pixels_(static_cast<std::size_t>(images * kPixels)),
        probabilities_(static_cast<std::size_t>(images * kClasses)) {
    onnx_runtime::Environment* environment = nullptr;
    library_.call(Entry::create_environment, /*errors*/ 3, "rival", &environment);
    onnx_runtime::SessionOptions* options = nullptr;
    library_.call(Entry::create_session_options, &options);
    library_.call(Entry::set_graph_optimization_level, options, /*all*/ 99);
    library_.call(Entry::set_intra_op_threads, options, threads);
    library_.call(Entry::add_free_dimension_override_by_name, options, "batch", std::int64_t{images});
    library_.call(Entry::create_session, environment, settings.model.c_str(), options, &session_);
    onnx_runtime::MemoryInfo* memory = nullptr;
    library_.call(Entry::create_cpu_memory_info, /*arena*/ 1, /*default*/ 0, &memory);
    input_ = tensor(memory, pixels_, settings.shape);
    output_ = tensor(memory, probabilities_, {kClasses});
  }

  // As many images as the session was made for.
  const float* recognize(const std::uint8_t* bytes) {
    for (std::size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = static_cast<float>(bytes[i]) * scale_;
    const char* const input_name = "pixels";
    const char* const output_name = "probabilities";
    library_.call(Entry::run, session_, static_cast<const onnx_runtime::RunOptions*>(nullptr), &input_name,
                  &input_, std::size_t{1}, &output_name, std::size_t{1}, &output_);
    return probabilities_.data();
  }

 private:
  onnx_runtime::Value* tensor(onnx_runtime::MemoryInfo* memory, std::vector<float>& values,
                              std::vector<std::int64_t> shape) const {
    shape.insert(shape.begin(), images_);
    onnx_runtime::Value* value = nullptr;
    library_.call(Entry::create_tensor_with_data, static_cast<const onnx_runtime::MemoryInfo*>(memory),
                  static_cast<void*>(values.data()), values.size() * sizeof(float), shape.data(),
                  shape.size(),
                  /*float*/ 1, &value);
    return value;
  }

  const Library& library_;
  int images_;
  float scale_;
  std::vector<float> pixels_;
  std::vector<float> probabilities_;
  onnx_runtime::Session* session_ = nullptr;
  onnx_runtime::Value* input_ = nullptr;
  onnx_runtime::Value* output_ = nullptr;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The median over blocks of ten images.
double one_microseconds(Session& session, const Bytes& images) {
  constexpr std::size_t kBlock = 10;
  std::vector<double> microseconds;
  for (int pass = 0; pass < 3; ++pass) {
    for (std::size_t at = 0; at < images.size(); at += kBlock * kPixels) {
      const auto start = Clock::now();
      for (std::size_t i = 0; i < kBlock; ++i) session.recognize(images.data() + at + i * kPixels);
      microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count() /
                             kBlock);
    }
  }
  return median(std::move(microseconds));
}

// The median of several rounds over all images, with batches of a thousand for each caller in turn.
double bulk_images_per_second(const Library& library, const Settings& settings, const Bytes& images) {
  constexpr std::size_t kBatch = 1000;
  constexpr int kRounds = 12;
  constexpr int kPasses = 5;
  const std::size_t count = images.size() / kPixels;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int caller = 0; caller < settings.callers; ++caller) {
    sessions.push_back(
        std::make_unique<Session>(library, settings, settings.threads / settings.callers, settings.chunk));
  }
  const auto work = [&](std::size_t caller) {
    for (int pass = 0; pass < kPasses; ++pass) {
      for (std::size_t batch = caller * kBatch; batch < count; batch += sessions.size() * kBatch) {
        for (std::size_t at = 0; at < kBatch; at += static_cast<std::size_t>(settings.chunk)) {
          sessions[caller]->recognize(images.data() + (batch + at) * kPixels);
        }
      }
    }
  };
  std::vector<double> rates;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    std::vector<std::thread> others;
    for (std::size_t caller = 1; caller < sessions.size(); ++caller) others.emplace_back(work, caller);
    work(0);
    for (std::thread& other : others) other.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    rates.push_back(kPasses * static_cast<double>(count) / seconds);
  }
  return median(std::move(rates));
}

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const std::string value = argv[i + 1];
    const auto number = [&] {
      return static_cast<int>(std::clamp<std::uint64_t>(rivals::parse_number(option, value), 1, 1000));
    };
    if (option == "--library")
      settings.library = value;
    else if (option == "--model")
      settings.model = value;
    else if (option == "--data")
      settings.data = value;
    else if (option == "--shape")
      settings.shape =
          value == "784" ? std::vector<std::int64_t>{kPixels} : std::vector<std::int64_t>{1, 28, 28};
    else if (option == "--divisor")
      settings.divisor = static_cast<float>(number());
    else if (option == "--threads")
      settings.threads = number();
    else if (option == "--callers")
      settings.callers = number();
    else if (option == "--chunk")
      settings.chunk = number();
    else
      throw std::runtime_error("unknown option " + option);
  }
  if (settings.library.empty() || settings.model.empty())
    throw std::runtime_error("needs --library FILE and --model FILE");
  if (1000 % settings.chunk != 0) throw std::runtime_error("--chunk must divide 1000");
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Settings settings = parse(argc, argv);
    const Library library(settings.library.c_str());
    const Bytes images = rivals::read_idx(settings.data / "t10k-images-idx3-ubyte", 16, 10'000, kPixels);
    const Bytes labels = rivals::read_idx(settings.data / "t10k-labels-idx1-ubyte", 8, 10'000, 1);
    Session single(library, settings, settings.threads, 1);
    int correct = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      correct += rivals::count_correct(single.recognize(images.data() + i * kPixels), labels.data() + i, 1);
    }
    const double one = one_microseconds(single, images);
    const double bulk = bulk_images_per_second(library, settings, images);
    std::printf(
        "{\"rival\":\"onnxruntime\",\"version\":\"%s\",\"threads\":%d,\"one_microseconds\":%.4f,"
        "\"bulk_images_per_second\":%.0f,\"accuracy\":%.4f}\n",
        library.version().c_str(), settings.threads, one, bulk, correct / 10'000.0);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rival-onnxruntime: %s\n", error.what());
    return 1;
  }
}
