#include "scrawl/compute.h"

#include "scrawl/error.h"

#include "base/environment.h"
#include "base/text.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>

namespace scrawl {
namespace {

constexpr std::array target_names = {std::string_view("scalar"), std::string_view("avx2"),
                                     std::string_view("avx3")};

void require_supported(Target target, const char* who) {
  const auto targets = supported_targets();
  if (std::find(targets.begin(), targets.end(), target) == targets.end())
    throw Error(ErrorCode::unsupported, who + std::string(" asks for ") + std::string(to_string(target)) +
                                            ", which this machine does not have; its fastest is " +
                                            std::string(to_string(targets.back())));
}

}  // namespace

std::string_view to_string(Target target) { return target_names[static_cast<std::size_t>(target)]; }

std::vector<Target> supported_targets() {
  std::vector<Target> targets = {Target::scalar};
#if defined(__x86_64__)
  // The features that Highway compiles these targets for. Its SupportedTargets() would load its library,
  // which measures the clock for some milliseconds at program start.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
  const bool avx3 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (avx2) targets.push_back(Target::avx2);
  if (avx3) targets.push_back(Target::avx3);
#endif
  return targets;
}

Target default_target() {
  const auto forced = environment("SCRAWL_TARGET");
  if (!forced) return supported_targets().back();
  const auto name = std::find(target_names.begin(), target_names.end(), *forced);
  if (name == target_names.end())
    throw Error(ErrorCode::invalid_argument, "the environment variable SCRAWL_TARGET is '" + *forced + "'" +
                                                 suggestion(*forced, target_names));
  const auto target = static_cast<Target>(name - target_names.begin());
  require_supported(target, "the environment variable SCRAWL_TARGET");
  return target;
}

template <class T>
BasicCompute<T>::BasicCompute(std::size_t threads, Target target)
    : pool_(std::make_unique<ThreadPool>(threads)), target_(target) {
  if constexpr (std::is_same_v<T, double>) {
    kernels_ = &kernels::double_kernels();
    target_ = Target::scalar;
  } else {
    require_supported(target, "the caller");
    kernels_ = &kernels::kernels_for(target);
  }
}

template class BasicCompute<float>;
template class BasicCompute<double>;

}  // namespace scrawl
