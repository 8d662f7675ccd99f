#include "base/finite.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace scrawl::finite_test {
namespace {

TEST(AllFinite, FindsWhatIsNotWhereverItIs) {
  using Limits = std::numeric_limits<float>;
  EXPECT_TRUE(all_finite({}));
  std::vector<float> values(37, -0.0F);
  values[3] = Limits::max();
  values[5] = Limits::denorm_min();
  EXPECT_TRUE(all_finite(values));
  for (const float odd : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()})
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::vector<float> changed = values;
      changed[i] = odd;
      EXPECT_FALSE(all_finite(changed)) << odd << " at " << i;
    }
}

}  // namespace
}  // namespace scrawl::finite_test
